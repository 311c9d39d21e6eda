// Many who send a byte at a time, and some who take nothing: one who is quick does not wait for
// them, and what is never taken ends with the idle time.
var http = require("http"), tcp = require("tcp"), sys = require("sys"), port = Number(process.ENV.PORT);
var SLOW = 60, answered = 0, quick = 0, deaf, timeouts = 0, text = "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
var large = new Array((32 << 20) + 1).join("x");
var server = http.createServer(function (request, response) {
  var body = "";
  if (request.uri.path === "/deaf") {
    request.connection.addListener("timeout", function () { timeouts++; });
    response.sendHeader(200, {});
    response.sendBody(large);
    response.finish();
    return request.connection.setTimeout(100);
  }
  request.addListener("body", function (chunk) { body += chunk; });
  request.addListener("complete", function () {
    response.sendHeader(200, {});
    response.sendBody(body);
    response.finish();
  });
});
server.listen(port, "127.0.0.1");
function slow() {
  var c = tcp.createConnection(port), seen = "", at = 0;
  c.addListener("connect", function () {
    (function next() {
      if (at === text.length) return;
      c.send(text.charAt(at++));
      setTimeout(next, 1);
    })();
  });
  c.addListener("receive", function (data) { seen += data; });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", function () {
    if (/^HTTP\/1\.1 200 OK\r\n[^]*\r\n5\r\nhello\r\n0\r\n\r\n$/.test(seen)) answered++;
    if (answered === SLOW) finish();
  });
}
for (var i = 0; i < SLOW; i++) slow();

// A client that reads nothing of a large answer.
deaf = tcp.createConnection(port);
deaf.addListener("connect", function () { deaf.readPause(); deaf.send("GET /deaf HTTP/1.1\r\n\r\n"); });

// Meanwhile, one after the other.
(function ask() {
  http.createClient(port).request("/").finish(function (response) {
    response.addListener("complete", function () {
      if (answered === 0) quick++;
      if (answered < SLOW) ask();
    });
  });
})();

function finish() {
  sys.puts("slow: " + answered + ", quick ones meanwhile: " + (quick > 0));
  (function wait() {
    if (timeouts === 0) return setTimeout(wait, 10);
    deaf.forceClose();
    server.close();
    sys.puts("timeouts: " + timeouts);
  })();
}
