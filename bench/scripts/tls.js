// The same hello world over TLS: PORT KEY CERTIFICATE.
var posix = require("posix");
var key = posix.cat(process.ARGV[3]).wait(), certificate = posix.cat(process.ARGV[4]).wait();
var server = require("http").createServer(function (request, response) {
  response.sendHeader(200, {"Content-Type": "text/plain", "Content-Length": 12});
  response.sendBody("Hello World\n");
  response.finish();
});
server.setSecure("X509_PEM", "", "", key, certificate);
server.listen(parseInt(process.ARGV[2], 10), "127.0.0.1");
