// One client object, many requests at once: one after the other, in order; then several clients to one server.
var http = require("http"), sys = require("sys");
var port = Number(process.ENV.PORT), connections = 0, now = 0, most = 0;
var server = http.createServer(function (req, res) {
  now++; most = Math.max(most, now);
  var body = "";
  req.setBodyEncoding("utf8");
  req.addListener("body", function (c) { body += c; });
  req.addListener("complete", function () {
    setTimeout(function () {
      now--;
      var text = req.method + " " + req.uri.full + " " + (req.headers["content-length"] || req.headers["transfer-encoding"] || "none") + " " + body;
      res.sendHeader(200, { "X-Connection": req.headers.connection });
      res.sendBody(text, "utf8"); res.finish();
    }, 1);
  });
});
server.addListener("connection", function (c) { connections++; });
server.listen(port);
var client = http.createClient(port, "127.0.0.1");
sys.puts(client.readyState);
var left = 0;
function go(c, req, done) {
  left++;
  req.finish(function (r) {
    var b = ""; r.setBodyEncoding("utf8");
    r.addListener("body", function (x) { b += x; });
    r.addListener("complete", function () { sys.puts(r.statusCode + " " + r.headers["x-connection"] + " " + b + " " + (r.client === c) + " " + (r.connection === c)); if (--left === 0) done(); });
  });
}
go(client, client.request("/1"), part2);
go(client, client.request("GET", "/2?q=1"), part2);
go(client, client.request("/3", { "Connection": "keep-alive" }), part2);
var r = client.request("POST", "/4", { "Content-Length": 4 }); r.sendBody("ab"); r.sendBody("cd"); go(client, r, part2);
r = client.request("POST", "/5"); r.sendBody("é€", "utf8"); r.sendBody("\u00ff", "binary"); go(client, r, part2);
r = client.request("PUT", "/6", { "Transfer-Encoding": "chunked" }); r.sendBody([104, 105]); go(client, r, part2);
go(client, client.request("DELETE", "/7"), part2);
go(client, client.request("POST", "/8", [["X-A", "1"], ["Content-Length", "0"]]), part2);
function part2() {
  sys.puts("most at once " + most + ", connections " + connections);
  var n = 0, answered = 0;
  for (var i = 0; i < 10; i++) (function (i) {
    http.createClient(port).request("/c" + i).finish(function (r) { r.addListener("complete", function () { if (++answered === 10) { sys.puts("ten"); server.close(); } }); });
  })(i);
}
server.addListener("close", function (e) { sys.puts("closed " + e); });
