// The document's first example, on a free port, and one who asks it.
var sys = require("sys"),
   http = require("http");
var server = http.createServer(function (request, response) {
  response.sendHeader(200, {"Content-Type": "text/plain"});
  response.sendBody("Hello World\n");
  response.finish();
});
server.listen(Number(process.ENV.PORT));
sys.puts("Server running at http://127.0.0.1:8000/");
var google = http.createClient(Number(process.ENV.PORT), "localhost");
var request = google.request("GET", "/", {"host": "www.google.com"});
request.finish(function (response) {
  sys.puts("STATUS: " + response.statusCode);
  sys.puts("HEADERS: " + JSON.stringify(response.headers));
  response.setBodyEncoding("utf8");
  response.addListener("body", function (chunk) {
    sys.puts("BODY: " + chunk);
  });
  response.addListener("complete", function () { server.close(); });
});
