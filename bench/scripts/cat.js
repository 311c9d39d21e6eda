// Reads a file for each request: PORT FILE.
var posix = require("posix");
require("http").createServer(function (request, response) {
  posix.cat(process.ARGV[3], "binary").addCallback(function (content) {
    response.sendHeader(200, {"Content-Type": "text/plain", "Content-Length": content.length});
    response.sendBody(content, "binary");
    response.finish();
  });
}).listen(parseInt(process.ARGV[2], 10), "127.0.0.1");
