var sys = require("sys");
var log = [];
var cat = process.createChildProcess("cat");
var seen = "";
cat.addListener("output", function (data) { if (data === null) log.push("output null"); else seen += data; });
cat.addListener("error", function (data) { log.push("error " + data); });
cat.addListener("exit", function (code, signal) {
  sys.puts(seen === "hello wörld!ÿ" && log.sort().join() + " " + code + " " + signal);
  sys.puts(cat.write("late"));
  try { cat.kill(); } catch (e) { sys.puts(e.message); }
  next();
});
sys.puts(cat instanceof process.ChildProcess && cat.pid > 0);
sys.puts(cat.write("hello "));
cat.write("wörld!", "utf8");
cat.write("\u00c3\u00bf", "binary");
sys.puts(cat.close());
function next() {
  var env = process.createChildProcess("/bin/sh", ["-c", "echo $A; echo bad >&2; exit 7"], { A: "b c" });
  env.addListener("output", function (data) { if (data) sys.print(data); });
  env.addListener("exit", function (code) { sys.puts(code); killed(); });
}
function killed() {
  var sleep = process.createChildProcess("sleep", ["1000"]);
  sleep.addListener("exit", function (code, signal) { sys.puts(code + " " + signal); byName(); });
  sleep.kill();
}
function byName() {
  var sleep = process.createChildProcess("sleep", ["1000"]);
  try { sleep.kill("SIGNONE"); } catch (e) { sys.puts(e.message); }
  sleep.addListener("exit", function (code, signal) { sys.puts(signal); missing(); });
  sleep.kill("SIGKILL");
}
function missing() {
  var none = process.createChildProcess("no-such-program");
  none.addListener("error", function (data) { if (data) sys.print(data); });
  none.addListener("exit", function (code) { sys.puts(code); });
  try { process.createChildProcess(5); } catch (e) { sys.puts(e.message); }
  try { process.createChildProcess("ls", "-l"); } catch (e) { sys.puts(e.message); }
}
