var tcp = require("tcp"), sys = require("sys");
var refused = tcp.createConnection(Number(process.ENV.PORT));
refused.addListener("connect", function () { sys.puts("no"); });
refused.addListener("close", function (had_error, text) {
  sys.puts(had_error + " " + text + " " + refused.readyState);
  var unknown = tcp.createConnection(80, "no.such.host.invalid");
  unknown.addListener("close", function (had_error, text) { sys.puts(had_error + " " + text); bound(); });
});
function bound() {
  var first = tcp.createServer(), second = tcp.createServer();
  first.listen(Number(process.ENV.PORT2));
  second.addListener("error", function (errno) { sys.puts(errno === process.EADDRINUSE); });
  second.addListener("close", function (errno) { sys.puts(errno); last(); });
  second.listen(Number(process.ENV.PORT2));
}
function last() {
  tcp.createServer().listen(Number(process.ENV.PORT2), "127.0.0.1");
}
