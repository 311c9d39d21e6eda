var sys = require("sys");
function f() { return f() + 1; }
try { f(); } catch (e) { sys.puts(e instanceof RangeError); }
var e = new process.EventEmitter();
process.addListener("uncaughtException", function (error) { sys.puts(error instanceof RangeError); process.exit(0); });
e.addListener("x", function () { e.emit("x"); });
e.emit("x");
