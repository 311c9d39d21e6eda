// The evented API's first example, on the port that is given.
require("http").createServer(function (request, response) {
  response.sendHeader(200, {"Content-Type": "text/plain", "Content-Length": 12});
  response.sendBody("Hello World\n");
  response.finish();
}).listen(parseInt(process.ARGV[2], 10), "127.0.0.1");
