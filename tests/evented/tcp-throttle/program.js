// 4 MB to a reader that pauses; the writer waits for "drain".
var tcp = require("tcp"), sys = require("sys");
var piece = new Array(64 * 1024 + 1).join("x"), left = 64, drained = 0, got = 0, largest = 0;
var server = tcp.createServer(function (socket) {
  function more() {
    while (left > 0) { left--; socket.send(piece); }
  }
  socket.addListener("drain", function () { drained++; socket.close(); });
  more();
});
server.listen(Number(process.ENV.PORT));
var client = tcp.createConnection(Number(process.ENV.PORT));
client.addListener("receive", function (data) {
  got += data.length;
  largest = Math.max(largest, data.length);
  client.readPause();
  setTimeout(function () { client.readResume(); }, 0);
});
client.addListener("eof", function () { client.close(); });
client.addListener("close", function () {
  sys.puts(got + " " + (largest <= 8192) + " " + (drained > 0));
  server.close();
});
