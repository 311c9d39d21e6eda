// "drain": once after "connect" on both sides and once before the FIN of close(), with nothing
// written in between; when something waits, once it is gone; not for what is sent at once.
var tcp = require("tcp"), sys = require("sys");
var PORT = Number(process.ENV.PORT), log = { server: [], client: [] };

function note(side, connection, names) {
  names.forEach(function (name) {
    connection.addListener(name, function () { log[side].push(name + " " + connection.readyState); });
  });
}
// More than the system takes at once.
var large = new Array((64 << 20) + 1).join("x");

var server = tcp.createServer(function (socket) {
  note("server", socket, ["connect", "drain", "eof", "close"]);
  socket.addListener("receive", function (data) { socket.send(data); });
  socket.addListener("eof", function () { socket.close(); });
});
server.listen(PORT, "127.0.0.1");

var quiet = tcp.createConnection(PORT);
note("client", quiet, ["connect", "drain", "eof", "close"]);
quiet.addListener("connect", function () { quiet.send("at once"); });
quiet.addListener("receive", function (data) {
  log.client.push(data);
  quiet.close();
});
quiet.addListener("close", function () {
  server.close();
  sys.puts("client\n " + log.client.join("\n ") + "\nserver\n " + log.server.join("\n "));
  waiting();
});

// What waits when the connection is made, or closed, is drained before the event.
function waiting() {
  var drains = 0, taken = 0;
  var taker = tcp.createServer(function (socket) {
    socket.addListener("receive", function (data) { taken += data.length; });
    socket.addListener("eof", function () {
      socket.close();
      taker.close();
      sys.puts("drains " + drains + " taken " + (taken === large.length));
    });
  });
  taker.listen(Number(process.ENV.PORT2), "127.0.0.1");
  var sender = tcp.createConnection(Number(process.ENV.PORT2));
  sender.addListener("connect", function () {
    sender.send(large);
    sender.close();
  });
  sender.addListener("drain", function () { drains++; });
}
