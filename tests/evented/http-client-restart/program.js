// A client outlives its server: errors while it is away, goes on when it is back.
var http = require("http"), sys = require("sys"), port = Number(process.ENV.PORT);
function serve(text) { var s = http.createServer(function (q, r) { r.sendHeader(200, { "Content-Length": text.length }); r.sendBody(text); r.finish(); }); s.listen(port, "127.0.0.1"); return s; }
var client = http.createClient(port, "127.0.0.1"), log = [];
["connect", "eof", "error", "close"].forEach(function (n) { client.addListener(n, function (e) { log.push(n + (e === undefined ? "" : " " + e)); }); });
function ask(path) {
  var p = new process.Promise();
  function failed() { client.removeListener("error", failed); p.emitError(new Error("failed")); }
  client.addListener("error", failed);
  client.request(path).finish(function (r) { var b = ""; r.addListener("body", function (c) { b += c; }); r.addListener("complete", function () { client.removeListener("error", failed); p.emitSuccess(b); }); });
  return p;
}
function attempt(path) { try { sys.puts(ask(path).wait()); } catch (e) { sys.puts(e.message); } var pause = new process.Promise(); setTimeout(function () { pause.emitSuccess(); }, 2); pause.wait(); sys.puts("  " + log.splice(0).join(", ") + " " + client.readyState); }
var s = serve("one"); attempt("/1"); attempt("/2"); s.close();
attempt("/3");
s = serve("two"); attempt("/4"); attempt("/5"); s.close();
