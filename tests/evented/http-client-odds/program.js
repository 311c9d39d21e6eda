// Clients against servers written by hand: what a client makes of answers in pieces, short ones, wrong ones.
var tcp = require("tcp"), http = require("http"), sys = require("sys");
var port = Number(process.ENV.PORT);
var answers = {
  "/chunks": ["HTTP/1.1 200 OK\r\nTransfer-", "Encoding: chunked\r\n\r\n", "5\r\nhe", "llo\r\n", "1\r\n!\r", "\n0\r\n", "\r\n"],
  "/length": ["HTTP/1.1 200 Fine\r\nContent-Length: 6\r\n\r\nabc", "def"],
  "/eof": ["HTTP/1.0 200 OK\r\n\r\nuntil ", "the end"],
  "/empty": ["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"],
  "/nobody": ["HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n"],
  "/short": ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"],
  "/cut": ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"],
  "/bad": ["NONSENSE\r\n\r\n"],
  "/nothing": [],
  "/cookies": ["HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSET-COOKIE: b=2\r\nContent-Length: 1\r\n\r\nx"],
  "/continue": ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"],
  "/utf8": ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\u00e2\u0082\u00ac"],
  "/reason": ["HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nno"]
};
var server = tcp.createServer(function (s) {
  var text = "";
  s.addListener("receive", function (d) {
    text += d;
    if (text.indexOf("\r\n\r\n") < 0) return;
    var parts = answers[text.split(" ")[1]].slice();
    text = "";
    (function next() {
      if (parts.length === 0) return s.close();
      s.send(parts.shift(), "binary"); setTimeout(next, 2);
    })();
  });
  s.addListener("eof", function () { if (s.readyState === "writeOnly") s.close(); });
});
server.listen(port);
var paths = []; for (var p in answers) paths.push(p);
(function next() {
  var path = paths.shift(); if (!path) return server.close();
  var client = http.createClient(port), log = [path], over = false;
  client.addListener("error", function () { log.push("error/" + arguments.length); });
  client.addListener("close", function (e) { log.push("close " + e); sys.puts(log.join(" ")); next(); });
  client.request(path).finish(function (r) {
    log.push(r.statusCode + " " + r.httpVersion + " " + JSON.stringify(r.headers));
    log.push(JSON.stringify(r.uri) === '{"full":"","path":"","queryString":"","params":{},"fragment":""}');
    if (path === "/utf8") r.setBodyEncoding("utf8");
    var b = "";
    r.addListener("body", function (c) { b += c; });
    r.addListener("complete", function () { log.push("complete " + JSON.stringify(b)); });
  });
})();
