// A server that answers while it is still being asked: the rest of the question reaches it all the
// same, also where the answer is complete before.
var http = require("http"), sys = require("sys"), port = Number(process.ENV.PORT), seen = 0, waiting;
var server = http.createServer(function (request, response) {
  var n = 0, early = request.uri.path === "/early";
  if (!early) response.sendHeader(200, {});
  request.addListener("body", function (chunk) {
    n += chunk.length;
    if (!early) response.sendBody("<" + chunk + ">");
    else if (response) {
      response.sendHeader(413, { "Content-Length": 7 });
      response.sendBody("too big");
      response.finish();
      response = null;
    }
    // Whoever asks goes on when this has arrived.
    seen++;
    if (waiting) waiting();
  });
  request.addListener("complete", function () {
    sys.puts("complete " + n);
    if (response) response.finish();
  });
});
server.listen(port);
function ask(path, headers, done) {
  var client = http.createClient(port), request = client.request("POST", path, headers), left = 5;
  client.addListener("error", function () { sys.puts("error"); });
  seen = 0;
  (waiting = function () {
    if (left-- > 0) return request.sendBody("0123456789");
    waiting = null;
    request.finish(function (response) {
      var body = "";
      response.addListener("body", function (chunk) { body += chunk; });
      response.addListener("complete", function () { sys.puts(response.statusCode + " " + body); done(); });
    });
  })();
}
ask("/echo", {}, function () {
  ask("/echo", { "Content-Length": 50 }, function () {
    ask("/early", { "Content-Length": 50 }, function () { server.close(); });
  });
});
