var posix = require("posix"), sys = require("sys"), log = [];
function tell(what) { try { log.push(what()); } catch (e) { log.push(e.message + " " + (e.errno === process.EBADF)); } }
sys.puts("before");
posix.close(1).wait();
process.stdio.addListener("data", function () {
  tell(function () { return posix.writeSync(1, "x", null); });
  tell(function () { return posix.closeSync(1); });
  sys.puts("goes nowhere");
  var file = process.ARGV[2], flags = process.O_CREAT | process.O_WRONLY;
  tell(function () { return posix.openSync(file, flags, 0666); });
  tell(function () { return posix.writeSync(1, "written\n", null); });
  sys.puts("put");
  process.stdio.close();
  posix.closeSync(0);
  tell(function () { return posix.readSync(0, 10, null); });
  tell(function () { return posix.open(file, process.O_RDONLY, 0).wait(); });
  tell(function () { return posix.readSync(0, 7, null)[0]; });
  posix.closeSync(2);
  sys.error("goes nowhere");
  log.push(posix.openSync(file, process.O_WRONLY | process.O_APPEND, 0));
  sys.error(log.join("\n"));
});
process.stdio.open();
