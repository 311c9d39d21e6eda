// What a handler sees of requests, for targets and headers of every shape.
var tcp = require("tcp"), http = require("http"), sys = require("sys");
var port = Number(process.ENV.PORT);
var server = http.createServer(function (req, res) {
  sys.puts("-- " + req.method + " " + req.httpVersion + " " + req.httpVersionMajor + "." + req.httpVersionMinor + " " + req.statusCode);
  sys.puts(JSON.stringify(req.uri));
  var keys = []; for (var k in req.headers) keys.push(k); sys.puts(keys.join());
  sys.puts(JSON.stringify(req.headers));
  sys.puts([req.headers["X-TWICE"], req.headers["x-twice"], req.headers["X-Twice"], req.headers["X-None"], "x-none" in req.headers].join("|"));
  sys.puts([req.connection === req.client, req.connection.server === server, req.connection.readyState, req.connection instanceof tcp.Connection, req instanceof http.IncomingMessage, res instanceof http.ServerResponse, res instanceof http.OutgoingMessage].join());
  var events = [];
  req.addListener("body", function (b) { events.push("body:" + b); });
  req.addListener("complete", function () {
    sys.puts(events.join() + " complete " + arguments.length);
    res.sendHeader(200, { "Content-Length": 0 }); res.finish();
  });
});
server.listen(port);
var c = tcp.createConnection(port);
var targets = ["/", "/a/b%20c?x=1&y=a+b%21&x=2&novalue&e=&=v&%zz=1&k%20k=v%26v&z=a=b#frag", "/p?#f", "/p?a=b#", "http://host:99/p/q?z=1", "http://host", "/%E2%82%AC?%E2%82%AC=%E2%82%AC", "/a?b/c=d", "//double/slash", "/?__proto__=1&toString=2"];
var text = targets.map(function (t) {
  return "GET " + t + " HTTP/1.1\r\nHost: h\r\nX-Twice: one\r\nx-twice:   two  \r\nX-EMPTY:\r\nX-Last: caf\u00c3\u00a9\r\n\r\n";
}).join("") + "PUT /up HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc";
c.addListener("connect", function () { c.send(text, "binary"); });
c.addListener("receive", function () {});
c.addListener("eof", function () { c.close(); server.close(); });
