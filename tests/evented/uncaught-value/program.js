// What is no Error, or an old one, is shown where a listener threw it; the same text that was
// thrown before and dealt with does not confuse the place.
var http = require("http"), posix = require("posix"), sys = require("sys");
function handle(error) { sys.puts("handled " + error); }
process.addListener("uncaughtException", handle);

var emitter = new process.EventEmitter();
emitter.addListener("first", function () { throw "a text"; });
emitter.emit("first");

var server = http.createServer(function () {
  throw "a text";
});
server.addListener("connection", function () { process.removeListener("uncaughtException", handle); });
setTimeout(function () { throw "in a timer"; }, 0);
posix.stat("/nonesuch").addErrback(function (error) {
  try { throw error; } catch (same) { sys.puts(same.message); }
  server.listen(Number(process.ENV.PORT), "127.0.0.1");
  http.createClient(Number(process.ENV.PORT)).request("/").finish();
});
