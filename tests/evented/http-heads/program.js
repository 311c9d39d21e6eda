// Heads that begin like the one before and go on otherwise.
var http = require("http"), tcp = require("tcp"), sys = require("sys");
var heads = [
  [["A", "1"], ["B", "2"], ["Content-Length", "0"]],
  [["A", "1"], ["B", "2"], ["Content-Length", "0"]],
  [["A", "1"], ["B", "3"], ["Content-Length", "0"]],
  [["A", "1"], ["C", "2"], ["Content-Length", "0"]],
  [["B", "2"], ["A", "1"], ["Content-Length", "0"]],
  [["A", "1"], ["B", "2"]],
  [["A", "x\r\ny"], ["Content-Length", "0"]],
  [["A", "1"], ["B", "2"], ["Content-Length", "0"], ["Connection", "close"]],
];
var port = Number(process.ENV.PORT), sent = 0;
var server = http.createServer(function (request, response) {
  response.sendHeader(sent === 1 ? 404 : 200, heads[sent++]);
  response.finish();
});
server.listen(port);
var client = tcp.createConnection(port), text = "";
client.addListener("connect", function () {
  for (var i = 0; i < heads.length; i++) client.send("GET / HTTP/1.1\r\n\r\n");
});
client.addListener("receive", function (data) { text += data; });
client.addListener("eof", function () { client.close(); });
client.addListener("close", function () {
  sys.puts(text.replace(/\r\n/g, "|").replace(/\|\|/g, "|\n"));
  server.close();
});
