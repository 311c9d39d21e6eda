// The document's client, which finds what it asks for on this machine; then its good and its bad
// way to listen, and its way to send a body of a known length.
process.mixin(GLOBAL, require("sys"));
var http = require("http"), port = Number(process.ENV.PORT), seen = [];
var server = http.createServer(function (request, response) {
  seen.push(request.method + " " + request.uri.full + " " + request.headers.host);
  // As the document prints it, for sendHeader.
  var body = "hello world";
  response.sendHeader(200, {
    "Content-Length": body.length,
    "Content-Type": "text/plain"
  });
  response.sendBody(body);
  response.finish();
  if (seen.length === 3) server.close();
});
server.listen(port, "localhost");
require(process.ENV.TMP + "/google");
server.addListener("request", function () {
  if (seen.length > 1) return;
  request = http.createClient(port).request("GET", "/good");
  require(process.ENV.TMP + "/good");
  request = http.createClient(port).request("GET", "/bad");
  require(process.ENV.TMP + "/bad");
});
process.addListener("exit", function () { puts(seen.sort().join("\n")); });
