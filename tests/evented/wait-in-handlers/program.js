// wait() in request handlers, in listeners for data, in timers: each level comes back after those inside it.
var http = require("http"), sys = require("sys"), posix = require("posix"), tcp = require("tcp");
var port = Number(process.ENV.PORT), file = process.ENV.TMP + "/page";
var fd = posix.open(file, process.O_CREAT | process.O_WRONLY, 0644).wait();
posix.write(fd, "page", null, "ascii").wait();
posix.close(fd).wait();
function sleep(ms) { var p = new process.Promise(); setTimeout(function () { p.emitSuccess(ms); }, ms); return p.wait(); }
var handled = 0;
var server = http.createServer(function (req, res) {
  var content = posix.cat(file).wait();
  if (req.uri.path === "/nest") {
    content += " " + http.cat("http://127.0.0.1:" + port + "/inner").wait();
  }
  sleep(2);
  handled++;
  res.sendHeader(200, { "Content-Length": content.length });
  res.sendBody(content);
  res.finish();
});
server.listen(port);
sys.puts(http.cat("http://127.0.0.1:" + port + "/one").wait());
sys.puts(http.cat("http://127.0.0.1:" + port + "/nest").wait());
var all = [1, 2, 3, 4, 5].map(function (i) { return http.cat("http://127.0.0.1:" + port + "/" + i); });
var got = 0, done = new process.Promise();
all.forEach(function (p) { p.addCallback(function (c) { if (c === "page" && ++got === 5) done.emitSuccess(got); }); });
sys.puts(done.wait());
// In a receive listener: more data comes while it waits; order is kept.
var server2 = tcp.createServer(function (s) {
  var n = 0;
  s.addListener("receive", function (d) {
    var me = ++n;
    s.send("[" + me);
    sleep(3);
    s.send(me + "]");
    if (n === 1 && me === 1) s.close();
  });
  s.addListener("eof", function () { if (s.readyState === "writeOnly") s.close(); });
});
server2.listen(Number(process.ENV.PORT2));
var c = tcp.createConnection(Number(process.ENV.PORT2)), text = "", closed = new process.Promise();
c.addListener("connect", function () { c.send("x"); });
c.addListener("receive", function (d) { text += d; });
c.addListener("eof", function () { c.close(); });
c.addListener("close", function () { closed.emitSuccess(text); });
sys.puts(closed.wait());
sys.puts(handled);
server.close(); server2.close();
