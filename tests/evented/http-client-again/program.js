// Requests made on the same client while an answer comes: in "response", "body", "complete", "close".
var http = require("http"), sys = require("sys"), port = Number(process.ENV.PORT), conns = 0;
var server = http.createServer(function (q, r) { r.sendHeader(200, { "X-P": q.uri.path }); r.sendBody(q.uri.path + ";"); setTimeout(function () { r.sendBody("end"); r.finish(); }, 2); });
server.addListener("connection", function () { conns++; });
server.listen(port);
var c = http.createClient(port), log = [], asked = 0;
function ask(path, hooks) {
  asked++;
  c.request("GET", path, { Host: "x" }).finish(function (r) {
    var b = ""; if (hooks && hooks.response) hooks.response();
    r.addListener("body", function (x) { b += x; if (hooks && hooks.body) { hooks.body(); delete hooks.body; } });
    r.addListener("complete", function () { log.push(path + "=" + b + (r.headers["x-p"] === path)); if (hooks && hooks.complete) hooks.complete(); if (log.length === asked && !again) last(); });
  });
}
var again = false;
ask("/1", { response: function () { ask("/2"); }, body: function () { ask("/3"); }, complete: function () { ask("/4", { complete: function () { ask("/5"); } }); } });
function last() {
  again = true;
  c.addListener("close", function () { if (log.length < 8) ask("/close" + log.length); else { sys.puts(log.join("\n")); sys.puts(conns); server.close(); } });
}
