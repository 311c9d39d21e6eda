// The document's examples of files that change, commands and children, one after the other.
sys = require("sys");
process.mixin(GLOBAL, sys);
var posix = require("posix"), file = require("file"), tmp = process.ENV.TMP, plain = puts;

// { "rss": 4935680, "vsize": 41893888, "heapTotal": 1826816, "heapUsed": 650472 }
var memory = process.memoryUsage();
plain(["rss", "vsize", "heapTotal", "heapUsed"].every(function (name) { return memory[name] > 100000; }));

posix.mkdirSync(tmp + "/folder", 0755);
file.write(tmp + "/folder/entry", "x").wait();
puts = function (stdout) {
  plain(stdout);
  puts = function (data) {
    if (data !== null) return plain(/^-rw.* entry$/m.test(data) ? "a line of ls -lh" : data);
    plain("null");
    watch();
  };
  require(tmp + "/ls");
};
require(tmp + "/exec");
function watch() {
  f = tmp + "/watched";
  file.write(f, "one").wait();
  require(tmp + "/watch");
  var times = 0;
  sys.puts = function (text) {
    plain(/^the (current mtime is|previous mtime was): \w{3} \w{3} \d\d \d{4} /.test(text) ? text.slice(0, 20) : text);
    if (++times === 2) process.unwatchFile(f);
  };
  posix.unlinkSync(f);
}
