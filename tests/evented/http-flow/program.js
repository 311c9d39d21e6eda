// A large upload that the server reads at its own pace, echoed in pieces; then the other way round.
var http = require("http"), sys = require("sys"), port = Number(process.ENV.PORT);
var SIZE = 3000000, piece = ""; for (var i = 0; i < 10000; i++) piece += String.fromCharCode(i & 255);
var server = http.createServer(function (q, r) {
  var n = 0, sum = 0, pauses = 0, down = false;
  if (q.uri.path === "/down") {
    r.sendHeader(200, { "Content-Type": "application/octet-stream" });
    var sent = 0;
    (function more() { if (sent >= SIZE) return r.finish(); r.sendBody(piece, "binary"); sent += piece.length; setTimeout(more, 0); })();
    return;
  }
  q.addListener("body", function (c) {
    if (down) sys.puts("body while paused");
    n += c.length; for (var i = 0; i < c.length; i += 997) sum = (sum + c.charCodeAt(i)) & 65535;
    if (pauses < 5) { pauses++; q.pause(); down = false; setTimeout(function () { q.resume(); }, 2); }
  });
  q.addListener("complete", function () { r.sendHeader(200, {}); r.sendBody(n + " " + pauses); r.finish(); });
});
server.listen(port);
var c = http.createClient(port), up = c.request("POST", "/up", { "Content-Length": SIZE });
for (var sent = 0; sent < SIZE; sent += piece.length) up.sendBody(piece, "binary");
up.finish(function (r) {
  var b = ""; r.addListener("body", function (x) { b += x; });
  r.addListener("complete", function () { sys.puts(b); chunked(); });
});
function chunked() {
  var c = http.createClient(port), up = c.request("PUT", "/up", { "Transfer-Encoding": "chunked" }), n = 0;
  (function more() {
    if (n++ < 50) { up.sendBody(piece, "binary"); up.sendBody("\u00e9\u20ac", "utf8"); return setTimeout(more, 0); }
    up.finish(function (r) { var b = ""; r.addListener("body", function (x) { b += x; }); r.addListener("complete", function () { sys.puts(b); down(); }); });
  })();
}
function down() {
  http.createClient(port).request("/down").finish(function (r) {
    var n = 0, ok = true, pauses = 0;
    r.addListener("body", function (c) {
      for (var i = 0; i < c.length; i++) if (c.charCodeAt(i) !== (((n + i) % 10000) & 255)) ok = false;
      n += c.length;
      if (pauses++ < 3) { r.pause(); setTimeout(function () { r.resume(); }, 1); }
    });
    r.addListener("complete", function () { sys.puts(n + " " + ok); server.close(); });
  });
}
