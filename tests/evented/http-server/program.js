// What goes over the wire, seen from a plain connection.
var http = require("http"), tcp = require("tcp"), sys = require("sys");
var port = Number(process.ENV.PORT);
var server = http.createServer(function (request, response) {
  var path = request.uri.path, body = "";
  if (path === "/hello") {
    response.sendHeader(200, { "Content-Type": "text/plain" });
    response.sendBody("Hello World\n");
    response.finish();
  } else if (path === "/echo") {
    request.setBodyEncoding("utf8");
    request.addListener("body", function (chunk) { body += chunk; });
    request.addListener("complete", function () {
      response.sendHeader(404, [["X-Body", body.length], ["Content-Length", "2"]]);
      response.sendBody("ok");
      response.finish();
    });
  } else if (path === "/info") {
    sys.puts(JSON.stringify(request.uri));
    sys.puts(JSON.stringify(request.headers));
    sys.puts([request.method, request.httpVersion, request.headers["X-Thing"], request.headers["x-thing"], request.headers["CONTENT-type"], request.statusCode, request.connection.server === server].join());
    response.sendHeader(299, { "Connection": "close" });
    response.sendBody([72, 105]);
    response.sendBody("ü", "utf8");
    response.finish();
  } else {
    response.sendHeader(204);
    response.finish();
  }
});
server.listen(port);
var inputs = [
  "GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n",
  "GET /hello HTTP/1.0\r\n\r\n",
  "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhelloGET /none HTTP/1.1\r\nConnection: close\r\n\r\n",
  "PUT /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
  "GET /info?a=1&b=x+y%21&bad&a=2#frag HTTP/1.1\r\nX-Thing:   a\r\nX-thing: b \r\nContent-Type: t\r\n\r\n",
  "HEAD /hello HTTP/1.1\r\nConnection: close\r\n\r\n",
  "NONSENSE\r\n\r\n",
  "GET /hello HTTP/1.1\r\nbad header: x\r\n\r\n"
];
function next() {
  if (inputs.length === 0) return server.close();
  var c = tcp.createConnection(port), seen = "";
  c.setEncoding("utf8");
  c.addListener("connect", function () { c.send(inputs.shift()); });
  c.addListener("receive", function (data) { seen += data; });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", function () { sys.puts(JSON.stringify(seen)); next(); });
}
next();
