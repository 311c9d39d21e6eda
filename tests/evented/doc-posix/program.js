var posix = require("posix"),
      sys = require("sys");
process.mixin(GLOBAL, sys);
var out = [];
sys = { puts: function (text) { out.push("files: " + text); }, exec: sys.exec };
puts = function (text) { out.push(text); };
process.addListener("exit", function () { process.stdio.write(out.sort().join("\n")); });
process.chdir(process.ENV.TMP);
require("file").write("hello", "x").wait();
var promise = posix.rename("hello", "world");
promise.addCallback(function () {
  posix.stat("world").addCallback(function (stats) {
    sys.puts("stats: " + (JSON.stringify(stats).length > 100));
    posix.rename("world", "hello").wait();
    var again = posix.stat("hello").wait();
    sys.puts("stats: " + again.size);
    posix.unlink("hello").addCallback(function () {
      sys.puts("successfully deleted hello");
    });
  });
});
posix.cat("/etc/passwd").addCallback(function (content) {
  content.length > 0 || puts("empty");
});
var ls = process.createChildProcess("ls", ["/usr/bin/env"]);
ls.addListener("output", function (data) {
  if (data) sys.exec("ls /usr/bin/env").addCallback(function (stdout, stderr) {
    puts(stdout + data);
  });
});
