// 8 MB up and down with pauses; nothing is lost.
var http = require("http"), sys = require("sys");
var port = Number(process.ENV.PORT), piece = new Array(65537).join("0123456789abcdef");
piece = piece.substr(0, 65536);
var server = http.createServer(function (request, response) {
  var got = 0, pauses = 0;
  request.addListener("body", function (chunk) {
    got += chunk.length;
    if (pauses++ < 20) { request.pause(); setTimeout(function () { request.resume(); }, 0); }
  });
  request.addListener("complete", function () {
    response.sendHeader(200, {});
    for (var i = 0; i < 128; i++) response.sendBody(piece);
    response.finish();
    sys.puts(got);
  });
});
server.listen(port);
var request = http.createClient(port).request("POST", "/");
for (var i = 0; i < 128; i++) request.sendBody(piece);
request.finish(function (response) {
  var size = 0, pauses = 0;
  response.addListener("body", function (chunk) {
    size += chunk.length;
    if (pauses++ < 20) { response.pause(); setTimeout(function () { response.resume(); }, 0); }
  });
  response.addListener("complete", function () { sys.puts(size); server.close(); });
});
