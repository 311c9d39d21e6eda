// A listener that waits: the rest of its request, and other requests, go on meanwhile.
var http = require("http"), sys = require("sys"), posix = require("posix");
var port = Number(process.ENV.PORT);
var server = http.createServer(function (request, response) {
  var done = new process.Promise(), body = "";
  request.addListener("body", function (chunk) { body += chunk; });
  request.addListener("complete", function () { done.emitSuccess(body); });
  var text = done.wait() + posix.cat(__filename).wait().length;
  response.sendHeader(200, {});
  response.sendBody(text.substr(0, 4));
  response.finish();
});
server.listen(port);
var left = 3;
for (var i = 0; i < 3; i++) {
  var request = http.createClient(port).request("POST", "/");
  request.sendBody("ab");
  (function (request) {
    setTimeout(function () {
      request.sendBody("cd");
      request.finish(function (response) {
        response.addListener("body", function (chunk) { sys.puts(chunk); });
        response.addListener("complete", function () { if (--left === 0) server.close(); });
      });
    }, 5);
  })(request);
}
