// Exceptions in listeners, timers and promises never reach who emitted.
var sys = require("sys");
var e = new process.EventEmitter(), log = [];
process.addListener("uncaughtException", function (x) { sys.puts("1: " + (x && x.message || x)); });
process.addListener("uncaughtException", function (x) { sys.puts("2: " + (x && x.message || x)); });
e.addListener("x", function () { throw new Error("first"); });
e.addListener("x", function () { sys.puts("never"); });
sys.puts("emit gives " + e.emit("x"));
// A string, a number, nothing.
["text", 7].forEach(function (v) {
  var e = new process.EventEmitter();
  e.addListener("y", function () { throw v; });
  sys.puts(e.emit("y"));
});
// try around emit does not see it.
try { e.emit("x"); sys.puts("went on"); } catch (x) { sys.puts("caught " + x); }
// In a timer: the interval goes on.
var n = 0, t = setInterval(function () {
  if (++n === 3) { clearInterval(t); promises(); return; }
  throw new Error("tick " + n);
}, 1);
function promises() {
  var p = new process.Promise();
  p.addCallback(function () { throw new Error("in callback"); });
  p.addCallback(function () { sys.puts("skipped"); });
  p.emitSuccess();
  sys.puts("emitSuccess came back");
  // wait() sees the value although another listener threw before its own.
  var q = new process.Promise();
  q.addCallback(function (v) { throw new Error("before wait " + v); });
  setTimeout(function () { q.emitSuccess("v"); }, 1);
  try { sys.puts("waited " + q.wait()); } catch (x) { sys.puts("wait threw " + x.message); }
  process.removeListener("uncaughtException", process.listeners("uncaughtException")[0]);
  setTimeout(function () { undefinedFunction(); }, 1);
}
process.addListener("exit", function (code) { sys.puts("exit " + code + " " + arguments.length); });
