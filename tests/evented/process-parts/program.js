// What libraries of the time took from `process` directly.
var sys = require("sys"), order = [];
sys.puts([process.fs === require("posix"), process.dns === require("dns"), process.tcp.Connection === require("tcp").Connection,
  process.http.Client === require("http").Client, process.Stats === require("posix").Stats].join());
var handler = new process.SignalHandler(process.SIGUSR2);
handler.addListener("signal", function () { order.push("signal " + arguments.length + " " + (this === handler)); });
process.addListener("SIGUSR2", function () {
  order.push("SIGUSR2");
  if (order.length < 4) {
    handler.stop();
    return process.kill(process.pid, "SIGUSR2");
  }
  clearTimeout(alive);
  sys.puts(order.join("\n"));
});
var alive = setTimeout(function () {}, 60000);
handler.addListener("signal", function () { order.push("again"); });
process.kill(process.pid, process.SIGUSR2);
sys.puts(handler instanceof process.EventEmitter);
// All names at once, also those that nobody hears.
for (var name in process) if (/^SIG[A-Z]/.test(name) && name !== "SIGUSR2") process.addListener(name, function () {});
["SIGNOT", process.SIGKILL, process.SIGSEGV, 999].forEach(function (signal) {
  try { new process.SignalHandler(signal); sys.puts("no"); } catch (e) { sys.puts(e.message); }
});
