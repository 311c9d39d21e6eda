var seen = "";
process.stdio.open();
try { process.stdio.open(); } catch (e) { process.stdio.writeError(e.message + "\n"); }
process.stdio.addListener("data", function (data) { seen += data; });
process.stdio.addListener("close", function () {
  process.stdio.write(seen.toUpperCase());
  process.stdio.write("\u00c3\u00a9\n", "binary");
  process.stdio.writeError("done\0hidden");
  try { process.stdio.close(); } catch (e) { process.stdio.writeError("\n" + e.message + "\n"); }
  try { process.stdio.write(); } catch (e) { process.stdio.writeError(e.message + "\n"); }
});
