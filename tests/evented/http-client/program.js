var http = require("http"), sys = require("sys");
var port = Number(process.ENV.PORT);
var server = http.createServer(function (request, response) {
  var body = "";
  request.addListener("body", function (chunk) { body += chunk; });
  request.addListener("complete", function () {
    var chunked = request.headers["transfer-encoding"] || "-";
    response.sendHeader(200, { "X-Seen": [request.method, request.uri.full, request.headers.host || "-", request.headers.connection, chunked].join(" ") }.constructor === Object ? { "X-Seen": [request.method, request.uri.full, request.headers.host || "-", request.headers.connection, chunked].join(" ") } : {});
    response.sendBody(body);
    response.sendBody("é", "utf8");
    response.finish();
  });
});
server.listen(port);
var client = http.createClient(port);
var left = 4;
function ask(request, done) {
  request.finish(function (response) {
    var body = "";
    response.setBodyEncoding("utf8");
    sys.puts([response.statusCode, response.httpVersion, response.client === client, response.headers["x-seen"]].join(" | "));
    response.addListener("body", function (chunk) { body += chunk; });
    response.addListener("complete", function () { sys.puts(body); if (--left === 0) rest(); });
  });
}
ask(client.request("/one"));
ask(client.request("GET", "/two?x", { Host: "h" }));
var post = client.request("POST", "/three");
post.sendBody("abc");
setTimeout(function () { post.sendBody([100, 101]); ask(post); }, 5);
var put = client.request("PUT", "/four", { "Content-Length": "2" });
put.sendBody("hi");
setTimeout(function () { ask(put); }, 10);
function rest() {
  http.cat("http://127.0.0.1:" + port + "/cat?q=1").addCallback(function (content) {
    sys.puts(content);
    server.close();
    server.addListener("close", function () {
      var dead = http.createClient(Number(process.ENV.PORT2));
      dead.addListener("error", function () { sys.puts("error " + arguments.length); });
      dead.addListener("close", function (had_error) { sys.puts("close " + had_error); });
      dead.request("/").finish(function () { sys.puts("no"); });
      http.cat("http://127.0.0.1:" + process.ENV.PORT2 + "/").addErrback(function () { sys.puts("cat failed " + arguments.length); });
    });
  });
  try { client.get("/"); } catch (e) { sys.puts(e.message); }
  try { client.request(); } catch (e) { sys.puts(e.name); }
}
