// What was sent before forceClose() inside a request's own event goes out; nothing after it does.
var http = require("http"), tcp = require("tcp"), sys = require("sys"), PORT = Number(process.ENV.PORT);
var server = http.createServer(function (request, response) {
  response.sendHeader(200, {"Content-Length": 4});
  response.sendBody("text");
  response.finish();
  request.connection.addListener("close", function (had_error) { log.push("server " + had_error); });
  request.connection.forceClose();
  server.close();
}), log = [];
server.listen(PORT, "127.0.0.1");

var client = tcp.createConnection(PORT), got = "";
client.addListener("connect", function () {
  client.send("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
});
client.addListener("receive", function (data) { got += data; });
client.addListener("eof", function () { client.close(); });
client.addListener("close", function () { log.push("client " + got.split("\r\n\r\n")[1]); });
process.addListener("exit", function () { sys.puts(log.sort().join("\n")); });
