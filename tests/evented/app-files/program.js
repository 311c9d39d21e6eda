// Files by HTTP: types, folders, what is not there, ranges by hand, not-modified; a HEAD; a climb out of the folder.
var http = require("http"), posix = require("posix"), path = require("path"), sys = require("sys"), file = require("file");
var root = process.ENV.TMP + "/www", port = Number(process.ENV.PORT);
posix.mkdir(root, 0755).wait(); posix.mkdir(path.join(root, "sub"), 0755).wait();
file.write(root + "/index.html", "<h1>h\u00e9llo</h1>").wait(); file.write(root + "/sub/data.json", '{"a":1}').wait();
var bytes = ""; for (var i = 0; i < 70000; i++) bytes += String.fromCharCode(i & 255);
file.write(root + "/bytes.bin", bytes, "binary").wait(); file.write(root + "/empty.txt", "").wait();
var types = { html: "text/html; charset=utf-8", json: "application/json", txt: "text/plain" };
function stream(name, res, size) {
  posix.open(name, process.O_RDONLY, 0).addCallback(function (fd) {
    (function more(at) {
      posix.read(fd, 16384, at, "binary").addCallback(function (chunk, n) {
        if (chunk === null) { posix.close(fd); return res.finish(); }
        res.sendBody(chunk, "binary"); more(at + n);
      });
    })(0);
  });
}
function fail(res, code) { var t = code + " " + http.STATUS_CODES[code] + "\n"; res.sendHeader(code, [["Content-Length", t.length], ["Content-Type", "text/plain"]]); res.sendBody(t); res.finish(); }
var server = http.createServer(function (req, res) {
  if (req.method !== "GET" && req.method !== "HEAD") return fail(res, 405);
  var uri = decodeURIComponent(req.uri.path), name = path.join(root, uri);
  if (name.indexOf(root) !== 0) return fail(res, 403);
  posix.stat(name).addErrback(function (e) { fail(res, e.errno === process.ENOENT ? 404 : 500); }).addCallback(function (s) {
    if (s.isDirectory()) { return posix.readdir(name).addCallback(function (names) { var t = names.sort().join("\n") + "\n"; res.sendHeader(200, { "Content-Length": t.length }); res.sendBody(t); res.finish(); }); }
    var modified = s.mtime.toUTCString();
    if (req.headers["if-modified-since"] === modified) { res.sendHeader(304, {}); return res.finish(); }
    res.sendHeader(200, { "Content-Type": types[path.filename(name).split(".").pop()] || "application/octet-stream", "Content-Length": s.size, "Last-Modified": modified });
    if (req.method === "HEAD") return res.finish();
    stream(name, res, s.size);
  });
});
server.listen(port, "127.0.0.1");
var asked = [["GET", "/index.html"], ["HEAD", "/index.html"], ["GET", "/sub/data.json"], ["GET", "/"], ["GET", "/nope"], ["GET", "/../../etc/passwd"], ["GET", "/%2e%2e/x"], ["GET", "/bytes.bin"], ["GET", "/empty.txt"], ["POST", "/index.html"], ["GET", "/index.html/x"]];
var stamp;
function ask(method, uri, headers, done) {
  var r = http.createClient(port).request(method, uri, headers);
  r.finish(function (res) {
    var b = ""; res.addListener("body", function (c) { b += c; });
    res.addListener("complete", function () {
      stamp = res.headers["last-modified"] || stamp;
      sys.puts([method, uri, res.statusCode, res.headers["content-type"], res.headers["content-length"], b === bytes ? "all bytes" : JSON.stringify(b)].join(" ")); done();
    });
  });
}
(function next() {
  var a = asked.shift();
  if (a) return ask(a[0], a[1], {}, next);
  ask("GET", "/empty.txt", { "If-Modified-Since": stamp }, function () { server.close(); });
})();
