// A message that is paused at the last piece of its body is complete once it is resumed, though
// nothing more arrives; on both sides, also while a listener waits.
var sys = require("sys"), http = require("http"), posix = require("posix");
var PORT = Number(process.ENV.PORT);
var text = new Array(1001).join("0123456789");

function drip(message, done) {
  var length = 0;
  message.addListener("body", function (chunk) {
    length += chunk.length;
    message.pause();
    setTimeout(function () { message.resume(); }, 1);
  });
  message.addListener("complete", function () { done(length); });
}

var server = http.createServer(function (request, response) {
  drip(request, function (length) {
    posix.stat("/").wait();
    response.sendHeader(200, {"Content-Length": text.length});
    response.sendBody(text);
    response.finish();
    sys.puts("server " + request.uri.path + " " + length);
  });
});
server.listen(PORT, "127.0.0.1");

function ask(path, next) {
  var request = http.createClient(PORT, "127.0.0.1")
    .request("POST", path, {"Content-Length": text.length});
  request.sendBody(text);
  request.finish(function (response) {
    drip(response, function (length) {
      sys.puts("client " + path + " " + length);
      next();
    });
  });
}
ask("/a", function () {
  ask("/b", function () { server.close(); });
});
