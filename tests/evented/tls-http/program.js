// HTTP over TLS, with a body that takes many records both ways.
var http = require("http"), sys = require("sys"), posix = require("posix");
function pem(name) { return posix.cat(process.cwd() + "/pem/" + name).wait(); }
var port = Number(process.ENV.PORT), ca = pem("ca.crt");
var server = http.createServer(function (request, response) {
  var size = 0, pauses = 0;
  request.addListener("body", function (chunk) {
    size += chunk.length;
    if (pauses++ < 10) { request.pause(); setTimeout(function () { request.resume(); }, 0); }
  });
  request.addListener("complete", function () {
    response.sendHeader(200, { "X-Size": size, "X-Verified": request.connection.verifyPeer() });
    for (var i = 0; i < 32; i++) response.sendBody(new Array(65537).join("y"));
    response.finish();
  });
});
server.setSecure("X509_PEM", ca, "", pem("server.key"), pem("server.crt"));
server.listen(port);
var client = http.createClient(port, "localhost");
client.setSecure("X509_PEM", ca, "", "", "");
function round(left) {
  var request = client.request("POST", "/", { "Content-Length": 1048576 });
  for (var i = 0; i < 16; i++) request.sendBody(new Array(65537).join("x"));
  request.finish(function (response) {
    var size = 0;
    sys.puts(response.headers["x-size"] + " " + response.headers["x-verified"] + " " + client.verifyPeer());
    response.addListener("body", function (chunk) { size += chunk.length; });
    response.addListener("complete", function () {
      sys.puts(size);
      if (left > 0) round(left - 1); else server.close();
    });
  });
}
round(1);
