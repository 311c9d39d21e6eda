// Rounds of connections, requests and children leave no descriptor behind.
var http = require("http"), tcp = require("tcp"), sys = require("sys"), posix = require("posix");
var port = Number(process.ENV.PORT);
function descriptors() { return posix.readdirSync("/proc/self/fd").length; }
var server = http.createServer(function (request, response) {
  if (request.uri.path === "/throw") {
    setTimeout(function () { response.sendHeader(500, { Connection: "close" }); response.finish(); }, 0);
    throw new Error("from a listener");
  }
  response.sendHeader(200, {});
  response.sendBody("x");
  response.finish();
});
var thrown = 0;
process.addListener("uncaughtException", function () { thrown++; });
server.listen(port, "127.0.0.1");
var before, left;
function round(n, done) {
  left = n * 4;
  function one() { if (--left === 0) setTimeout(done, 20); }
  for (var i = 0; i < n; i++) {
    http.createClient(port).request("/").finish(function (r) { r.addListener("complete", one); });
    var rude = tcp.createConnection(port);
    rude.addListener("connect", function () { this.send("GET / HTTP/1.1\r\nX"); this.forceClose(); });
    rude.addListener("close", one);
    var bad = tcp.createConnection(port);
    bad.addListener("connect", function () { this.send("\u00ff\u0000 nonsense\r\n\r\n"); });
    bad.addListener("eof", function () { this.close(); });
    bad.addListener("close", one);
    var t = tcp.createConnection(port);
    t.addListener("connect", function () { this.send("GET /throw HTTP/1.1\r\n\r\n"); });
    t.addListener("eof", function () { this.close(); });
    t.addListener("close", one);
  }
}
round(10, function () {
  before = descriptors();
  round(25, function () {
    round(25, function () {
      var child = process.createChildProcess("true");
      child.addListener("exit", function () {
        sys.puts(descriptors() <= before + 2);
        sys.puts(thrown === 60);
        server.close();
      });
    });
  });
});
