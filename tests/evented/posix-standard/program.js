// Descriptors 0, 1 and 2 are closed like others: the other side sees it, and the next file that is
// opened takes the number.
var sys = require("sys"), posix = require("posix"), file = process.ENV.TMP + "/file";
var child = process.createChildProcess(process.ARGV[0], [process.cwd() + "/child.js", file]);
child.addListener("output", function (data) {
  sys.puts(JSON.stringify(data));
  if (data === null) child.write("go");
});
child.addListener("error", function (data) { sys.puts("error: " + JSON.stringify(data)); });
child.addListener("exit", function (code) {
  sys.puts(code);
  sys.print(posix.cat(file).wait());
});
