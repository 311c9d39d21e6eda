// What kinds of files posix.Stats tells apart.
var posix = require("posix"), sys = require("sys"), tcp = require("tcp"), tmp = process.ENV.TMP;
var TESTS = ["isFile", "isDirectory", "isBlockDevice", "isCharacterDevice", "isSymbolicLink", "isFIFO", "isSocket"];
function show(name, stats) {
  sys.puts(name + ": " + TESTS.filter(function (test) { return stats[test](); }).join(" "));
}
process.chdir(tmp);
sys.exec("ln -s /nowhere link; mkfifo pipe").wait();
show("program", posix.stat(__filename).wait());
show("folder", posix.stat(".").wait());
show("link", posix.lstat("link").wait());
show("pipe", posix.stat("pipe").wait());
show("device", posix.stat("/dev/null").wait());
// There is no block device that everybody may look at.
var block = posix.statSync("/dev/null");
block.mode = (block.mode & 07777) | process.S_IFBLK;
show("block device", block);
var server = tcp.createServer(function (socket) {
  show("socket", posix.statSync("/proc/self/fd/" + socket.fd));
  socket.close();
  server.close();
});
server.listen(Number(process.ENV.PORT));
var c = tcp.createConnection(Number(process.ENV.PORT));
c.addListener("eof", function () { c.close(); });
