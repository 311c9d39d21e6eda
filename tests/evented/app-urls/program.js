// A list of regular expressions with views, and what they answer.
var sys = require("sys"), http = require("http"), posix = require("posix"), dj = require("./lib"), port = Number(process.ENV.PORT);
process.mixin(dj); // the helpers become global, as such programs had them
var folder = process.ENV.TMP, big = new Array(3001).join("0123456789");
posix.open(folder + "/big.txt", process.O_CREAT | process.O_WRONLY, 0644).addCallback(function (fd) { posix.write(fd, big, 0).addCallback(function () { posix.close(fd).addCallback(visit); }); });
var entries = [{ name: "<one>", body: "<b>1</b>" }, { name: "two", body: "2 & 3" }];
var app = makeApp([
  ["^/$", function (req, res) { respond(res, "index " + req.method); }],
  ["^/hello/(\\w+)/(\\d+)/?$", function (req, res, name, n) { respond(res, name + " " + (Number(n) + 1)); }],
  [/^\/list$/, function (req, res) { renderFile("templates/list.html", { title: "list", entries: entries }).addCallback(function (text) { respond(res, text); }); }],
  ["^/bad$", function (req, res) { renderFile("templates/bad.html", {}).addErrback(function (e) { respond(res, e.message, "text/plain", 500); }); }],
  ["^/missing-template$", function (req, res) { renderFile("templates/none.html", {}).addErrback(function (e) { respond(res, e.message + " " + e.errno, "text/plain", 500); }); }],
  ["^/static/(.*)$", serveFolder(folder)],
  ["^/go$", function (req, res) { redirect(res, "/hello/there/1"); }],
  ["^/error$", function (req) { return req.nothing.here; }],
  ["^/upload$", function (req, res) { upload(req, function (fields) { respond(res, JSON.stringify(fields), "text/plain"); }); }],
  ["^/wait$", function (req, res) { respond(res, posix.cat(folder + "/big.txt").wait().length + " waited", "text/plain"); }],
  ["^/slow$", function (req, res) { var p = new process.Promise(); p.timeout(5); p.addErrback(function (e) { respond(res, e.message, "text/plain", 503); }); }]
]);
var server = http.createServer(app);
server.listen(port, "127.0.0.1");
var BOUNDARY = "----xyz", form = ["--" + BOUNDARY, 'Content-Disposition: form-data; name="title"', "", "A title", "--" + BOUNDARY, 'Content-Disposition: form-data; name="file"; filename="a.txt"', "Content-Type: text/plain", "", "line 1\r\nline 2", "--" + BOUNDARY + "--", ""].join("\r\n");
function get(path, method, headers, body) {
  var promise = new process.Promise(), text = "";
  var request = http.createClient(port, "127.0.0.1").request(method || "GET", path, process.mixin({ Host: "here", "Content-Length": (body || "").length }, headers));
  if (body) request.sendBody(body);
  request.finish(function (response) {
    response.addListener("body", function (chunk) { text += chunk; });
    response.addListener("complete", function () { promise.emitSuccess(response, text); });
  });
  return promise;
}
function show(path, method, headers, body) {
  var answer = get(path, method, headers, body).wait(), response = answer[0], text = answer[1];
  sys.puts((method || "GET") + " " + path + " " + response.statusCode + " " + (response.headers["Content-Type"] || "-") + " " + (response.headers.location || "") + "\n  " + (text === big ? "all of it" : text.replace(/\n/g, "\n  ")));
  return response;
}
function visit() {
  show("/"); show("/", "POST"); show("/hello/x/41"); show("/hello/x"); show("/list"); show("/bad"); show("/missing-template");
  var response = show("/static/big.txt"); sys.puts(response.headers["content-length"]);
  show("/static/big.txt", "GET", { "If-Modified-Since": response.headers["Last-Modified"] });
  show("/static/big.txt", "HEAD"); show("/static/../program.js"); show("/static/none"); show("/static/");
  show("/go"); show("/error", "GET", { "X-Some": "thing" }); show("/wait"); show("/slow");
  show("/upload", "POST", { "Content-Type": "multipart/form-data; boundary=" + BOUNDARY }, form);
  server.close();
}
