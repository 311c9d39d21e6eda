// Long polling: who asks waits until somebody says something.
var http = require("http"), sys = require("sys");
var port = Number(process.ENV.PORT), waiting = [], messages = [];
var server = http.createServer(function (req, res) {
  if (req.uri.path === "/say") {
    messages.push(req.uri.params.text);
    waiting.splice(0).forEach(function (w) { answer(w, messages.slice(-1)); });
    res.sendHeader(204, {}); res.finish();
  } else {
    var since = parseInt(req.uri.params.since, 10);
    if (messages.length > since) answer(res, messages.slice(since)); else waiting.push(res);
  }
});
function answer(res, list) {
  var body = JSON.stringify({ messages: list, total: messages.length });
  res.sendHeader(200, { "Content-Type": "text/json", "Content-Length": body.length });
  res.sendBody(body); res.finish();
}
server.listen(port);
function get(path, f) {
  http.createClient(port, "localhost").request("GET", path, { host: "localhost" }).finish(function (r) {
    var b = ""; r.addListener("body", function (c) { b += c; });
    r.addListener("complete", function () { f(r.statusCode, b); });
  });
}
var users = 3, rounds = 0;
function poll(name, since) {
  get("/poll?since=" + since, function (code, body) {
    var m = JSON.parse(body);
    rounds++;
    if (m.total < 3) poll(name, m.total);
    else if (--users === 0) { sys.puts(rounds + " " + messages.join(",")); server.close(); }
  });
}
["x", "y", "z"].forEach(function (n) { poll(n, 0); });
var words = ["one", "two+words", "three"];
(function say() {
  if (words.length > 0 && waiting.length < 3) return setTimeout(say, 1);
  var w = words.shift(); if (!w) return;
  get("/say?text=" + w, function (code, body) { sys.puts(code + " " + JSON.stringify(body)); say(); });
})();
