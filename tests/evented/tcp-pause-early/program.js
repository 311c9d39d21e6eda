// readPause() holds from the moment it is called: before the name is looked up, too, and not
// beyond the connection.
var tcp = require("tcp"), sys = require("sys"), PORT = Number(process.ENV.PORT);
var server = tcp.createServer(function (socket) {
  socket.send("text");
  socket.close();
});
server.listen(PORT, "127.0.0.1");

var resumed = false, rounds = 0;
var client = tcp.createConnection(PORT, "localhost");
client.readPause();
client.addListener("connect", function () {
  if (rounds === 0) setTimeout(function () { resumed = true; client.readResume(); }, 20);
});
client.addListener("receive", function (data) { sys.puts(data + " " + resumed); });
client.addListener("eof", function () { client.close(); });
client.addListener("close", function () {
  if (++rounds === 2) return server.close();
  client.connect(PORT, "localhost");
});
