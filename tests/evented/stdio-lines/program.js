// A line-wise filter over standard input.
var sys = require("sys"), rest = "", n = 0;
try { process.stdio.close(); } catch (e) { sys.puts(e.message); }
process.stdio.open();
try { process.stdio.open("utf8"); } catch (e) { sys.puts(e.message); }
process.stdio.addListener("data", function (data) {
  if (data === null || data === "") sys.puts("odd data");
  var lines = (rest + data).split("\n"); rest = lines.pop();
  lines.forEach(function (l) { sys.puts(++n + ": " + l.split("").reverse().join("")); });
});
process.stdio.addListener("close", function () {
  sys.puts("close " + arguments.length + " rest " + JSON.stringify(rest));
  try { process.stdio.close(); } catch (e) { sys.puts(e.message); }
  process.stdio.write("no newline");
  sys.puts(process.stdio.write("\n"));
  try { process.stdio.write(); } catch (e) { sys.puts(e.message); }
  process.stdio.write(5); process.stdio.write(null); process.stdio.write("\u00c3\u00a9", "binary") ; process.stdio.write("é\n");
  process.stdio.writeError(); process.stdio.writeError("err\0cut"); process.stdio.writeError(7);
});
