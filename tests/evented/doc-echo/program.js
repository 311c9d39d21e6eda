// The document's echo server, run as its own program, and one who talks to it.
var sys = require("sys"), tcp = require("tcp"), tries = 0;
var node = process.createChildProcess(process.ARGV[0], [process.ENV.TMP + "/echo.js"]);
node.addListener("error", function (data) { if (data) sys.puts("error: " + data); });
function talk() {
  var c = tcp.createConnection(Number(process.ENV.PORT), "localhost"), seen = "";
  c.addListener("connect", function () { c.send("text\r\n"); c.close(); });
  c.addListener("receive", function (data) { seen += data; });
  c.addListener("close", function (had_error) {
    // It says nothing when it listens.
    if (had_error && ++tries < 400) return setTimeout(talk, 10);
    sys.print(seen);
    node.kill();
  });
}
talk();
