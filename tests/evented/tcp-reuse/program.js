// One object, two connections one after the other; bytes as they are.
var tcp = require("tcp"), sys = require("sys");
var server = tcp.createServer(function (socket) {
  socket.addListener("receive", function (data) { socket.send(data, "binary"); socket.close(); });
  socket.addListener("eof", function () { socket.close(); });
});
server.listen(Number(process.ENV.PORT), "127.0.0.1");
var client = tcp.createConnection(Number(process.ENV.PORT)), round = 0, all = "";
for (var i = 0; i < 256; i++) all += String.fromCharCode(i);
client.addListener("connect", function () { client.send(all, "binary"); });
client.addListener("receive", function (data) { sys.puts(data === all); });
client.addListener("eof", function () { client.close(); });
client.addListener("close", function (had_error) {
  sys.puts("close " + had_error + " " + client.readyState);
  if (++round === 2) return server.close();
  client.connect(Number(process.ENV.PORT), "localhost");
});
