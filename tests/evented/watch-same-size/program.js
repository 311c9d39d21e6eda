// A file is watched, not its size: also what is written in the same second, and as long, is a change.
var sys = require("sys"), posix = require("posix"), file = require("file"), name = process.ENV.TMP + "/f";
file.write(name, "1").wait();
sys.exec("touch -d 2001-01-01 " + name).wait();
var fd = posix.open(name, process.O_WRONLY, 0).wait(), left = 3;
process.watchFile(name, { interval: 1 }, function (curr, prev) {
  sys.puts(prev.size + " " + curr.size + " " + curr.mtime.getMilliseconds());
  if (--left > 0) posix.write(fd, String(left), 0);
  else process.unwatchFile(name);
});
posix.write(fd, "x", 0).wait();
