// Three requests at once, answered in the other order, sent in theirs.
var http = require("http"), tcp = require("tcp"), sys = require("sys");
var held = [];
var server = http.createServer(function (request, response) {
  held.push(function () {
    response.sendHeader(200, { "Content-Length": 2 });
    response.sendBody(request.uri.path);
    response.finish();
  });
  if (held.length < 3) return;
  held.pop()(); held.pop()(); held.pop()();
  server.close();
});
server.listen(Number(process.ENV.PORT));
var c = tcp.createConnection(Number(process.ENV.PORT)), seen = "";
c.addListener("connect", function () {
  c.send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\nConnection: close\r\n\r\n");
});
c.addListener("receive", function (data) { seen += data; });
c.addListener("eof", function () { c.close(); sys.puts(seen.match(/\r\n\r\n\/\d/g).join().replace(/\s/g, "")); });
