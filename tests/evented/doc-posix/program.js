// The document's ways to call posix, each run as a program of its own with the modules at hand
// that it leaves out; numbers and times of this machine are left out of what they print.
var sys = require("sys"), posix = require("posix"), file = require("file"), tmp = process.ENV.TMP;
function run(name) {
  file.write(tmp + "/hello", "x").wait();
  var text = posix.cat(tmp + "/" + name + ".js").wait(), output = "", done = new process.Promise();
  file.write(tmp + "/run.js", "var posix = require('posix'), sys = require('sys'); process.mixin(sys);\n" + text).wait();
  var child = process.createChildProcess(process.ARGV[0], [tmp + "/run.js"]);
  child.addListener("output", function (data) { output += data || ""; });
  child.addListener("error", function (data) { output += data || ""; });
  child.addListener("exit", function (code) { done.emitSuccess(code); });
  var code = done.wait();
  output = output.split(tmp).join("/tmp").replace(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.000)?Z"/g, "TIME");
  return code + " " + output.replace(/:\d+/g, ":N");
}
function world() {
  var there = posix.statSync(tmp + "/world").isFile();
  posix.unlinkSync(tmp + "/world");
  return there;
}
file.write(tmp + "/passwd", "root:x\nryan:x").wait();
sys.print(run("unlink"));
sys.print(run("chained") + world() + "\n");
sys.print(run("waiting") + world() + "\n");
sys.print(run("passwd"));
// The one that is prone to error: either order is right, the rename happens in both.
sys.puts(/^0 (stats: .*\n)?$/.test(run("prone")) + " " + world());
