// What the document shows of headers and of request.uri, for the request that it prints.
var sys = require("sys"), http = require("http"), tcp = require("tcp"), port = Number(process.ENV.PORT);
var server = http.createServer(function (request, response) {
  sys.puts(JSON.stringify(request.uri));
  sys.puts(JSON.stringify(request.headers));
  ["Content-Length", "Content-Type", "Connection", "Accept"].forEach(function (name) {
    sys.puts(name + ": " + request.headers[name]);
  });
  response.sendHeader(404, {});
  response.finish();
  server.close();
});
server.listen(port);
var c = tcp.createConnection(port), text = "";
c.addListener("connect", function () {
  c.send("GET /status?name=ryan HTTP/1.1\r\nAccept: */*\r\nContent-Length: 123\r\n" +
    "Content-Type: text/plain\r\nConnection: keep-alive\r\n\r\n");
  c.close();
});
c.addListener("receive", function (data) { text += data; });
c.addListener("close", function () { sys.puts(text.split("\r\n")[0]); });
