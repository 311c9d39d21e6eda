// What waits to be sent takes the memory of what waits, also where the queue never runs empty.
var tcp = require("tcp"), sys = require("sys"), PORT = Number(process.ENV.PORT), MB = 1 << 20;
var AHEAD = 16 * MB, TOTAL = 384 * MB, piece = new Array((64 << 10) + 1).join("x");
var sent = 0, got = 0, base = process.memoryUsage().rss, most = 0;

var server = tcp.createServer(function (socket) {
  function more() {
    while (sent < TOTAL && sent - got < AHEAD) sent += socket.send(piece);
    if (sent === TOTAL && socket.readyState === "open") socket.close();
  }
  socket.addListener("connect", more);
  client.addListener("receive", function (data) {
    var before = got;
    got += data.length;
    more();
    if (Math.floor(got / MB) > Math.floor(before / MB)) most = Math.max(most, process.memoryUsage().rss);
  });
});
server.listen(PORT, "127.0.0.1");
var client = tcp.createConnection(PORT);
client.addListener("eof", function () {
  client.close();
  server.close();
  sys.puts(got === TOTAL);
  sys.puts(most - base < 128 * MB ? "flat" : "grew by " + (most - base));
});
