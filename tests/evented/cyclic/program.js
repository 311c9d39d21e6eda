// Modules that ask for each other get what is there so far; a text that is no JavaScript is reported.
var sys = require("sys");
var a = require("./lib/a");
sys.puts(a.seen + " " + a.done + ", " + require("./lib/b").seen);
sys.puts(require("./lib/self").same);
sys.puts(require("./lib/one").chain);
sys.puts(require(".") === exports);
for (var i = 0; i < 2; i++) {
  try { sys.puts("again: " + require("./lib/throws").before); } catch (e) { sys.puts(e.message); }
}
process.addListener("uncaughtException", function (e) { sys.puts("uncaught " + e.name); });
try { require("./lib/syntax"); } catch (e) { sys.puts("caught " + e.name); }
