// Listeners that come and go while an event is emitted; what each method gives.
var sys = require("sys");
var e = new process.EventEmitter();
// A listener that removes itself makes the next one be skipped.
function once() { sys.puts("once"); e.removeListener("x", once); }
e.addListener("x", once);
e.addListener("x", function () { sys.puts("second"); });
e.addListener("x", function () { sys.puts("third"); });
sys.puts(e.emit("x")); sys.puts(e.emit("x"));
// Appended while emitting: run in the same emit.
var added = 0;
e.addListener("y", function () { if (added++ < 2) e.addListener("y", function () { sys.puts("late " + added); }); });
e.emit("y");
sys.puts(e.listeners("y").length);
// The array is live.
var list = e.listeners("z");
sys.puts(list.length + " " + e.emit("z") + " " + e.emit("never"));
list.push(function (a) { sys.puts("pushed " + a + " " + (this === e) + " " + arguments.length); });
list.push("not a function");
list.push(function () { sys.puts("after junk"); });
sys.puts(e.emit("z", 1, 2, 3, 4, 5));
list.length = 0;
sys.puts(e.emit("z") + " " + (e.listeners("z") === list));
// Return values.
function f() {}
sys.puts(e.addListener("r", f) === e);
sys.puts(e.addListener("r", "no") === e);
sys.puts(e.listeners("r").length);
sys.puts(e.removeListener("r", f) === e);
sys.puts(e.removeListener("r", f));
sys.puts(e.removeListener("none", f));
// Twice the same: the first goes.
e.addListener("d", f); e.addListener("d", function g() {}); e.addListener("d", f);
e.removeListener("d", f);
sys.puts(e.listeners("d").length + " " + (e.listeners("d")[1] === f));
// newListener comes before, so it sees the array without it; and for itself, only the second time.
var n = new process.EventEmitter(), seen = [];
n.addListener("newListener", function (type, l) { seen.push(type + n.listeners(type).length + (typeof l)); });
n.addListener("a", f); n.addListener("a", f); n.addListener("newListener", f);
sys.puts(seen.join());
// "error" is an event like others.
sys.puts(new process.EventEmitter().emit("error", new Error("quiet")));
try { e.emit(); } catch (x) { sys.puts(x.name + ": " + x.message); }
// Emit in emit.
var depth = 0;
e.addListener("deep", function () { if (++depth < 3) e.emit("deep"); sys.puts("out " + depth--); });
e.emit("deep");
// Events with odd names.
e.addListener("constructor", function (v) { sys.puts("ctor " + v); });
e.emit("constructor", 1); sys.puts(e.emit("toString")); sys.puts(e.emit("__proto__"));
e.addListener(5, function () { sys.puts("five"); }); e.emit("5");
