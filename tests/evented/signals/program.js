var sys = require("sys");
process.addListener("SIGUSR1", function () {
  sys.puts("SIGUSR1 " + arguments.length);
  process.kill(process.pid, "SIGINT");
});
process.addListener("SIGINT", function () { sys.puts("SIGINT"); clearTimeout(alive); });
var alive = setTimeout(function () { sys.puts("too late"); }, 50000);
process.kill(process.pid, "SIGUSR1");
