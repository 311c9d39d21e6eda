// A connection that the other side resets closes with an error, whether it is read from or not;
// one whose pipe is broken by our own writing closes without.
var tcp = require("tcp"), sys = require("sys");
var PORT = Number(process.ENV.PORT), names = ["reading", "paused", "half"], left = names.length;

// Bytes that nobody read make the kernel answer a close with a reset.
function reset(connection) {
  connection.readPause();
  setTimeout(function () { connection.forceClose(); }, 20);
}
var server = tcp.createServer(function (socket) {
  var name = names.shift();
  if (name === "paused") socket.readPause();
  socket.addListener("connect", function () { socket.send("unread"); });
  if (name === "half") socket.addListener("eof", function () { sys.puts("half eof"); });
  socket.addListener("close", function (had_error, text) {
    sys.puts(name + " " + had_error + " " + text);
    if (--left === 0) return server.close();
    next();
  });
});
server.listen(PORT, "127.0.0.1");
function next() {
  var client = tcp.createConnection(PORT);
  client.addListener("connect", function () {
    reset(client);
    if (names.length === 0) client.close();
  });
}
next();
