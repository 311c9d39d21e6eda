var tcp = require("tcp"), sys = require("sys");
var server = tcp.createServer(function (socket) {
  socket.setTimeout(10);
  socket.addListener("timeout", function () { sys.puts("timeout"); });
  socket.addListener("close", function (had_error) { sys.puts("server close " + had_error); server.close(); });
});
server.listen(Number(process.ENV.PORT));
var client = tcp.createConnection(Number(process.ENV.PORT));
client.addListener("eof", function () { sys.puts("eof " + client.readyState); client.close(); });
client.addListener("close", function (had_error) { sys.puts("client close " + had_error); });
