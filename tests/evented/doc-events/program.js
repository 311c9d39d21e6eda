// The document's listener, and its way to tell a timeout from another error.
process.mixin(GLOBAL, require("sys"));
var tcp = require("tcp"), port = Number(process.ENV.PORT);
var errback = require("posix").cat(process.ENV.TMP + "/timeout.js").wait();
server = tcp.createServer();
require(process.ENV.TMP + "/connection");
server.addListener("connection", function (socket) { socket.close(); server.close(); });
server.listen(port);
var client = tcp.createConnection(port);
client.addListener("eof", function () { client.close(); });
server.addListener("close", function () {
  promise = new process.Promise();
  process.compile(errback, "timeout.js");
  promise.timeout(10);
  promise.addErrback(function () {
    promise = new process.Promise();
    process.compile(errback, "timeout.js");
    promise.timeout(60000);
    promise.emitError(new Error("another"));
  });
});
