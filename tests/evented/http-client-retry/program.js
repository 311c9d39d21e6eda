// A client that failed keeps what it could not send; the next request that is finished connects
// again and all go out in order. What was sent and lost is not sent again.
var http = require("http"), sys = require("sys"), PORT = Number(process.ENV.PORT);
var client = http.createClient(PORT, "127.0.0.1"), errors = 0, server;

function ask(path, then) {
  client.request("GET", path).finish(function (response) {
    var body = "";
    response.addListener("body", function (chunk) { body += chunk; });
    response.addListener("complete", function () {
      sys.puts("client " + path + " " + body);
      if (then) then();
    });
  });
}
client.addListener("error", function () {
  sys.puts("error " + client.readyState);
  if (++errors === 1) serve();
  else ask("/after", function () { server.close(); });
});
ask("/nobody-listens-yet");

function serve() {
  server = http.createServer(function (request, response) {
    sys.puts("server " + request.uri.path);
    if (request.uri.path === "/lost") return request.connection.forceClose();
    response.sendHeader(200, {});
    response.sendBody("answer");
    response.finish();
  });
  server.listen(PORT, "127.0.0.1");
  ask("/second");
  ask("/lost");
}
