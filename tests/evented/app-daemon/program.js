// A daemon that reloads on HUP, counts on USR1, ends on TERM; told by its parent.
var sys = require("sys");
if (process.ARGV[2] === "daemon") {
  var n = 0, reloads = 0;
  process.addListener("SIGHUP", function () { reloads++; sys.puts("reloaded " + reloads); });
  process.addListener("SIGUSR1", function () { n++; sys.puts("usr1 " + n + " " + arguments.length); });
  process.addListener("SIGUSR1", function one() { process.removeListener("SIGUSR1", one); sys.puts("only once"); });
  process.addListener("SIGTERM", function () { sys.puts("term"); process.exit(0); });
  process.addListener("exit", function (c) { sys.puts("exit " + c); });
  process.addListener("SIGNOTHING", function () {});
  setInterval(function () {}, 60000);
  sys.puts("up");
} else if (process.ARGV[2] === "short") {
  // A listener for a signal does not keep the program alive.
  process.addListener("SIGINT", function () {});
} else {
  var d = process.createChildProcess(process.ARGV[0], [__filename, "daemon"]), seen = "";
  var script = [["up\n", "SIGHUP"], ["reloaded 1\n", "SIGUSR1"], ["only once\n", "SIGUSR1"], ["usr1 2 0\n", 1], ["reloaded 2\n", undefined]];
  d.addListener("output", function (t) {
    if (t === null) return;
    seen += t;
    if (script.length && seen.indexOf(script[0][0]) >= 0) d.kill(script.shift()[1]);
  });
  d.addListener("exit", function (code, signal) {
    sys.print(seen); sys.puts(code + " " + signal);
    process.createChildProcess(process.ARGV[0], [__filename, "short"]).addListener("exit", function (c, s) {
      sys.puts("short " + c + " " + s);
      [[], ["x"], [process.pid, "SIGNONE"], [process.pid, "term"], [999999999, "SIGTERM"], [999999999], [process.pid, 0], [process.pid, {}]].forEach(function (a) {
        try { sys.puts(process.kill.apply(process, a)); } catch (e) { sys.puts(e.name + ": " + e.message + " " + e.errno); }
      });
    });
  });
}
