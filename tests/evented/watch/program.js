var sys = require("sys"), posix = require("posix"), file = require("file");
var name = process.ENV.TMP + "/f";
file.write(name, "one").wait();
var stat = process.watchFile(name, { persistent: true, interval: 1 }, function (curr, prev) {
  sys.puts(prev.size + " " + curr.size + " " + curr.nlink + " " + (curr instanceof posix.Stats));
  if (curr.nlink === 0) process.unwatchFile(name);
  else posix.unlinkSync(name);
});
stat.addListener("stop", function () { sys.puts("stop"); });
file.write(name, "longer").wait();
process.watchFile(__filename, { persistent: false }, function () {});
