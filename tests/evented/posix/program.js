var sys = require("sys"), posix = require("posix");
var dir = process.ENV.TMP, name = dir + "/hello";
function show() { sys.puts(Array.prototype.slice.call(arguments).map(function (a) { return String(JSON.stringify(a)); }).join(" ")); }
show(posix.mkdir(dir + "/sub", 493).wait());
var fd = posix.open(name, process.O_CREAT | process.O_RDWR, 420).wait();
show(typeof fd);
show(posix.write(fd, "hello world").wait());
show(posix.write(fd, "!", null, "binary").wait());
show(posix.write(fd, "\u00fc", 12, "utf8").wait());
posix.read(fd, 5, 0).addCallback(function (data, n) {
  show(data, n);
  show(posix.read(fd, 100, 6, "utf8").wait()[0]);
  show(posix.read(fd, 10, 1000).wait());
  show(posix.close(fd).wait());
  try { posix.close(fd).wait(); } catch (e) { show(e.message, e.errno === process.EBADF); }
  rest();
});
function rest() {
  posix.rename(name, dir + "/world").wait();
  var stats = posix.stat(dir + "/world").wait();
  show(stats.size, stats.isFile(), stats.isDirectory(), stats instanceof posix.Stats, stats.mtime instanceof Date);
  show(["dev", "ino", "mode", "nlink", "uid", "gid", "rdev", "size", "blksize", "blocks"].every(function (n) { return typeof stats[n] === "number"; }));
  show(posix.stat(dir).wait().isDirectory(), posix.stat("/dev/null").wait().isCharacterDevice());
  show(posix.readdir(dir).wait().sort());
  posix.unlink(dir + "/world").wait();
  posix.rmdir(dir + "/sub").wait();
  show(posix.readdir(dir).wait());
  posix.stat(name).addErrback(function (e) { show(e instanceof Error, e.message, e.errno); }).addCallback(function () { show("no"); });
  ["rename", "stat", "unlink", "rmdir", "mkdir", "readdir", "close", "open", "write", "read", "cat", "sendfile"].forEach(function (call) {
    try { posix[call]({}); show("no", call); } catch (e) { if (!(e instanceof TypeError) || e.message !== "Bad argument") show(call, e); }
  });
  try { posix.open(name, "r", 1); } catch (e) { show(e.message); }
}
