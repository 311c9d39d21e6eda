var tcp = require("tcp"), sys = require("sys"), posix = require("posix");
var port = Number(process.ENV.PORT), served = 0, fds = [];
var server = tcp.createServer(function (c) { c.addListener("eof", function () { c.close(); }); c.send("hello"); });
server.listen(port, "127.0.0.1");
function one() {
  var c = tcp.createConnection(port);
  c.addListener("receive", function () { c.close(); });
  c.addListener("close", function () {
    if (++served === 20) { sys.puts(served); return server.close(); }
    one();
  });
}
one();
// All but one descriptor are taken for a while.
try { for (;;) fds.push(posix.openSync("/dev/null", 0, 0)); } catch (e) { if (e.errno !== process.EMFILE) throw e; }
posix.closeSync(fds.pop());
setTimeout(function () { fds.forEach(function (fd) { posix.closeSync(fd); }); }, 50);
