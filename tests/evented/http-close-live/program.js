// server.close() leaves connections alone; they may still ask.
var http = require("http"), tcp = require("tcp"), sys = require("sys");
var port = Number(process.ENV.PORT), log = [];
var server = http.createServer(function (req, res) {
  log.push("request " + req.uri.path);
  if (req.uri.path === "/first") {
    server.addListener("close", function (e) { log.push("server closed " + e); });
    server.close();
  }
  setTimeout(function () {
    res.sendHeader(200, { "Content-Length": 1 }); res.sendBody("x"); res.finish();
  }, 2);
});
server.listen(port);
var c = tcp.createConnection(port), n = 0;
c.addListener("connect", function () { c.send("GET /first HTTP/1.1\r\n\r\n"); });
c.addListener("receive", function (d) {
  log.push("answer " + d.slice(-1));
  if (++n === 1) {
    var late = tcp.createConnection(port);
    late.addListener("connect", function () { log.push("wrong"); });
    late.addListener("close", function (e, text) { log.push("late " + e + " " + text); c.send("GET /second HTTP/1.1\r\n\r\n"); });
  } else c.close();
});
c.addListener("eof", function () { log.push("eof " + c.readyState); });
c.addListener("close", function (e) { log.push("close " + e); });
process.addListener("exit", function () { sys.puts(log.join("\n")); });
