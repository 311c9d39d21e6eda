// Connections that say nothing, and one that does.
var tcp = require("tcp"), http = require("http"), sys = require("sys");
var port = Number(process.ENV.PORT), open = 0, all = [], n = 100;
var server = http.createServer(function (request, response) {
  response.sendHeader(200, {});
  response.finish();
});
server.addListener("connection", function () { if (++open === n) ask(); });
server.listen(port, "127.0.0.1");
for (var i = 0; i < n; i++) {
  all.push(tcp.createConnection(port));
}
function ask() {
  http.createClient(port).request("/").finish(function (response) {
    sys.puts(response.statusCode);
    response.addListener("complete", function () {
      all.forEach(function (c) { c.forceClose(); });
      server.close();
    });
  });
}
server.addListener("close", function (errno) { sys.puts(errno); });
