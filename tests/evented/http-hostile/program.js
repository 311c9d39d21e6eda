// A flood of headers, a sender of single bytes, half a request, and bytes that are no UTF-8.
var http = require("http"), tcp = require("tcp"), sys = require("sys");
var port = Number(process.ENV.PORT), requests = 0;
var server = http.createServer(function (request, response) {
  requests++;
  request.setBodyEncoding("utf8");
  var body = "";
  request.addListener("body", function (chunk) { body += chunk; });
  request.addListener("complete", function () {
    response.sendHeader(200, { "X-Evil": "a\r\nInjected: yes", "Content-Length": 2 });
    response.sendBody("ok");
    response.finish();
    sys.puts(request.uri.path + " " + JSON.stringify(body) + " " + request.headers["x-name"]);
  });
});
server.listen(port);
function talk(act, done) {
  var c = tcp.createConnection(port), seen = "";
  c.addListener("connect", function () { act(c); });
  c.addListener("receive", function (data) { seen += data; });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", function () { done(seen); });
}
talk(function (c) {
  var line = "X-Flood: " + new Array(1001).join("y") + "\r\n";
  c.send("GET / HTTP/1.1\r\n");
  (function more(n) { if (n > 0 && c.readyState === "open") { c.send(line); setTimeout(function () { more(n - 1); }, 0); } })(200);
}, function (seen) {
  sys.puts("flood " + JSON.stringify(seen) + " " + requests);
  talk(function (c) {
    var text = "POST /slow HTTP/1.1\r\nX-Name: \u00c3\u00bc\r\nConnection: close\r\nContent-Length: 3\r\n\r\na\u00ffb";
    (function more(at) { if (at < text.length) { c.send(text.charAt(at), "binary"); setTimeout(function () { more(at + 1); }, 0); } })(0);
  }, function (seen) {
    sys.puts(JSON.stringify(seen));
    talk(function (c) { c.send("GET /half HTTP/1.1\r\nHost"); c.close(); }, function (seen) {
      sys.puts("half " + JSON.stringify(seen) + " " + requests);
      server.close();
    });
  });
});
