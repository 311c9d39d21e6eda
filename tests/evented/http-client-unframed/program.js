var tcp = require("tcp"), http = require("http"), sys = require("sys");
var port = Number(process.ENV.PORT);
var answers = ["HTTP/1.1 200 OK\r\n\r\nbody", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nbody", "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"];
var server = tcp.createServer(function (s) {
  s.addListener("receive", function (d) { s.send(answers.shift()); s.close(); });
});
server.listen(port);
(function next() {
  if (!answers.length) return server.close();
  var c = http.createClient(port), log = [];
  c.addListener("error", function () { log.push("error"); });
  c.addListener("close", function (e) { sys.puts(log.join() + " close " + e); next(); });
  c.request("/").finish(function (r) {
    r.addListener("body", function (b) { log.push(b); }); r.addListener("complete", function () { log.push("complete"); });
  });
})();
