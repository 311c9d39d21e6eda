// More than a pipe takes, written at once: everything arrives in order while the program goes on.
var sys = require("sys"), LINES = 400000;
function line(i) { return "line " + i + "\n"; }
if (process.ARGV[2] === "write") {
  for (var i = 0, part = ""; i < LINES; i++) {
    part += line(i);
    if (i % 100 === 99) { process.stdio.write(part); part = ""; }
  }
  process.stdio.writeError("all written\n");
} else {
  var child = process.createChildProcess(process.ARGV[0], [__filename, "write"]), next = 0, rest = "", wrong = 0;
  child.addListener("output", function (data) {
    var lines = (rest + (data || "")).split("\n");
    rest = lines.pop();
    lines.forEach(function (text) { if (text + "\n" !== line(next++)) wrong++; });
  });
  child.addListener("error", function (data) { if (data) sys.print(data); });
  child.addListener("exit", function (code) { sys.puts([code, next, wrong, rest === ""].join(" ")); });
}
