// An answer that is finished before process.exit() reaches the client.
var http = require("http"), sys = require("sys"), PORT = process.ENV.PORT;
if (process.ARGV[2] === "serve") {
  http.createServer(function (request, response) {
    response.sendHeader(200, {"Content-Type": "text/plain"});
    response.sendBody("the last answer");
    response.finish();
    process.exit(7);
  }).listen(Number(PORT), "127.0.0.1");
  sys.puts("listening");
} else {
  var log = [];
  var child = process.createChildProcess(process.ARGV[0], [__filename, "serve"]);
  child.addListener("output", function (data) {
    if (data === null) return;
    http.cat("http://127.0.0.1:" + PORT + "/").addCallback(function (text) {
      log.push(text);
    }).addErrback(function () { log.push("no answer"); });
  });
  child.addListener("error", function (data) { if (data !== null) sys.puts(data); });
  child.addListener("exit", function (code) { log.push("code " + code); });
  process.addListener("exit", function () { sys.puts(log.sort().join("\n")); });
}
