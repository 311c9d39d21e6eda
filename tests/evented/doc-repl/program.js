// The document's examples of the prompt: a server that is looked into while it runs, and a variable
// that is shown to it.
var sys = require("sys"), tcp = require("tcp"), posix = require("posix"), tmp = process.ENV.TMP;
function run(file, talk, done) {
  var child = process.createChildProcess(process.ARGV[0], [file]);
  child.addListener("output", function (data) { if (data) talk("output", data, child); });
  child.addListener("error", function (data) { if (data) talk("error", data, child); });
  child.addListener("exit", function (code) { done(code); });
}
var output = "";
run(tmp + "/server.js", function (stream, data, child) {
  if (stream === "output") {
    output += data;
    if (!/server> $/.test(output)) return;
    if (/^Type/.test(output)) {
      output = "";
      var c = tcp.createConnection(Number(process.ENV.PORT));
      c.addListener("eof", function () { c.close(); });
    }
    return;
  }
  sys.print(data);
  if (data === "Connection!\n") child.write("nconnections\n");
  else child.kill();
}, function () {
  var text = "var repl = require('repl');\n" + posix.cat(tmp + "/scope.js").wait();
  require("file").write(tmp + "/scoped.js", text).wait();
  var said = { output: "", error: "" };
  run(tmp + "/scoped.js", function (stream, data, child) {
    said[stream] += data;
    if (stream === "error") return child.close();
    if (/node> $/.test(data) && !child.asked) child.asked = child.write("count\n");
  }, function (code) { sys.puts(said.output + said.error + code); });
});
