var sys = require("sys");
var e = new process.EventEmitter();
e.addListener("x", function () { throw new Error("first"); });
e.addListener("x", function () { sys.puts("skipped"); });
process.addListener("uncaughtException", function (error) { sys.puts("caught " + error.message); });
try { sys.puts(e.emit("x")); } catch (error) { sys.puts("does not reach the caller"); }
setTimeout(function () { sys.puts("goes on"); }, 5);
setTimeout(function () { throw new Error("second"); }, 1);
