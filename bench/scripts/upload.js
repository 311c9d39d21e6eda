// Counts the bytes of the parts of a multipart upload: PORT.
var multipart = require("multipart");
require("http").createServer(function (request, response) {
  if (request.method !== "POST") {
    response.sendHeader(200, {"Content-Length": 0});
    response.finish();
    return;
  }
  var bytes = 0, stream = new multipart.Stream(request);
  stream.addListener("part", function (part) {
    part.addListener("body", function (chunk) { bytes += chunk.length; });
  });
  stream.addListener("complete", function () {
    var text = String(bytes);
    response.sendHeader(200, {"Content-Type": "text/plain", "Content-Length": text.length});
    response.sendBody(text);
    response.finish();
  });
}).listen(parseInt(process.ARGV[2], 10), "127.0.0.1");
