// The document's first example, run as its own program, and one who asks it.
var sys = require("sys"), http = require("http");
var node = process.createChildProcess(process.ARGV[0], [process.ENV.TMP + "/example.js"]);
node.addListener("error", function (data) { if (data) sys.puts("error: " + data); });
node.addListener("output", function (data) {
  if (data === null) return;
  sys.print(data);
  var client = http.createClient(Number(process.ENV.PORT), "localhost");
  client.request("GET", "/", {"host": "localhost"}).finish(function (response) {
    sys.puts(response.statusCode + " " + JSON.stringify(response.headers));
    response.addListener("body", function (chunk) { sys.print(chunk); });
    response.addListener("complete", function () { node.kill(); });
  });
});
node.addListener("exit", function (code, signal) { sys.puts(code + " " + signal); });
