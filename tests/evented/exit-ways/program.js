// Every way to end.
var sys = require("sys");
// runs itself in many ways, and shows how each ends
var node = process.ARGV[0], self = __filename, which = process.ARGV[2];
var ways = {
  natural: function () { process.addListener("exit", function (c) { sys.puts("exit " + c); }); },
  code: function () { process.addListener("exit", function (c) { sys.puts("exit " + c); }); process.exit(3); sys.puts("never"); },
  text: function () { process.exit("4"); },
  big: function () { process.exit(257); },
  negative: function () { process.exit(-1); },
  nan: function () { process.exit("x"); },
  yes: function () { process.exit(true); },
  fraction: function () { process.exit(2.9); },
  exitInExit: function () { process.addListener("exit", function () { sys.puts("listener"); process.exit(7); }); },
  throwInExit: function () { process.addListener("exit", function () { throw new Error("in exit"); }); process.addListener("exit", function () { sys.puts("second"); }); },
  throwing: function () { process.addListener("exit", function () { sys.puts("never"); }); throw new Error("main"); },
  throwLater: function () { setTimeout(function () { throw new Error("timer"); }, 1); setTimeout(function () { sys.puts("never"); }, 50); },
  caught: function () { process.addListener("uncaughtException", function (e) { sys.puts("got " + e.message); }); setTimeout(function () { sys.puts("goes on"); }, 5); setTimeout(function () { throw new Error("t"); }, 1); },
  caughtMain: function () { process.addListener("uncaughtException", function (e) { sys.puts("got " + e.message); }); throw new Error("main"); },
  handlerThrows: function () { process.addListener("uncaughtException", function (e) { throw new Error("again"); }); throw new Error("main"); },
  exitInUncaught: function () { process.addListener("uncaughtException", function (e) { process.exit(9); }); throw new Error("x"); },
  timersInExit: function () { process.addListener("exit", function () { setTimeout(function () { sys.puts("never"); }, 0); sys.puts("exit"); }); },
  pending: function () { setTimeout(function () { sys.puts("never"); }, 60000); process.exit(0); },
  waiting: function () { setTimeout(function () { process.exit(5); }, 1); new process.Promise().wait(); },
  waitInExit: function () { process.addListener("exit", function () { try { new process.Promise().wait(); } catch (e) { sys.puts(e.message); } }); },
  emitExit: function () { process.addListener("exit", function (c) { sys.puts("exit " + c); }); process.emit("exit", 12); },
  kill: function () { process.kill(process.pid, "SIGTERM"); setTimeout(function () {}, 60000); },
  killInt: function () { process.addListener("SIGINT", function () { sys.puts("int " + arguments.length); process.exit(6); }); process.kill(process.pid, "SIGINT"); setTimeout(function () {}, 60000); },
  really: function () { process.addListener("exit", function () { sys.puts("never"); }); process.reallyExit(8); },
  output: function () { for (var i = 0; i < 20000; i++) sys.puts("0123456789"); process.exit(0); },
  syntax: function () { try { process.compile("var = 5", "mine.js"); } catch (e) { sys.puts(e.name); } try { eval("]"); } catch (e) { sys.puts(e.name); } }
};
if (which) ways[which]();
else {
  var names = []; for (var n in ways) names.push(n);
  (function next() {
    var name = names.shift(); if (!name) return;
    var child = process.createChildProcess(node, [self, name]), out = "", err = "";
    child.addListener("output", function (d) { if (d) out += d; });
    child.addListener("error", function (d) { if (d) err += d; });
    child.addListener("exit", function (code, signal) {
      sys.puts(name + ": " + code + " " + signal + " " + (out.length > 1000 ? out.length : JSON.stringify(out)) + " " + (err.match(/\n(\w*Error: .*)/) || ["", ""])[1]);
      next();
    });
  })();
}
