// A proxy that passes everything through as it comes.
var http = require("http"), sys = require("sys");
var back = Number(process.ENV.PORT), front = Number(process.ENV.PORT2);
var origin = http.createServer(function (req, res) {
  if (req.method === "POST") {
    res.sendHeader(201, { "Content-Type": "text/plain", "X-Via": req.headers["x-forwarded-for"] });
    req.addListener("body", function (c) { res.sendBody(c.toUpperCase(), "binary"); });
    req.addListener("complete", function () { res.finish(); });
  } else if (req.uri.path === "/missing") {
    res.sendHeader(404, { "Content-Length": 9 }); res.sendBody("not found"); res.finish();
  } else {
    var text = "bytes \u00e9\u0000\u00ff";
    res.sendHeader(200, { "Content-Length": text.length }); res.sendBody(text, "binary"); res.finish();
  }
});
origin.listen(back, "127.0.0.1");
var proxy = http.createServer(function (req, res) {
  var headers = process.mixin({}, req.headers, { "x-forwarded-for": req.connection.remoteAddress });
  var client = http.createClient(back, "127.0.0.1");
  var onward = client.request(req.method, req.uri.full, headers);
  client.addListener("error", function () { res.sendHeader(502, { "Content-Length": 0 }); res.finish(); });
  req.addListener("body", function (c) { onward.sendBody(c, "binary"); });
  req.addListener("complete", function () {
    onward.finish(function (answer) {
      delete answer.headers.connection;
      res.sendHeader(answer.statusCode, answer.headers);
      answer.addListener("body", function (c) { res.sendBody(c, "binary"); });
      answer.addListener("complete", function () { res.finish(); });
    });
  });
});
proxy.listen(front);
function ask(method, path, headers, parts, done) {
  var r = http.createClient(front).request(method, path, headers);
  parts.forEach(function (p) { r.sendBody(p, "binary"); });
  r.finish(function (a) {
    var b = ""; a.addListener("body", function (c) { b += c; });
    a.addListener("complete", function () { sys.puts(a.statusCode + " " + JSON.stringify(a.headers) + " " + JSON.stringify(b)); done(); });
  });
}
ask("GET", "/x", { host: "h" }, [], function () {
  ask("GET", "/missing", {}, [], function () {
    ask("POST", "/up", { "Transfer-Encoding": "chunked" }, ["abc", "def", "\u00e9"], function () {
      ask("POST", "/up", { "Content-Length": "3" }, ["xyz"], function () {
        origin.close();
        ask("GET", "/dead", {}, [], function () { proxy.close(); });
      });
    });
  });
});
