// Files of a form are written to disk as they come; the request waits while the disk is busy.
var http = require("http"), multipart = require("multipart"), posix = require("posix"), sys = require("sys"), dir = process.ENV.TMP, port = Number(process.ENV.PORT);
var server = http.createServer(function (req, res) {
  req.setBodyEncoding("binary");
  var stream = new multipart.Stream(req), fields = {}, files = {}, busy = 0, over = false;
  stream.addListener("part", function (part) {
    if (!part.filename) { fields[part.name] = ""; return part.addListener("body", function (c) { fields[part.name] += c; }); }
    var fd = posix.openSync(dir + "/" + part.filename, process.O_CREAT | process.O_TRUNC | process.O_WRONLY, 0600), at = 0;
    part.addListener("body", function (c) {
      busy++; req.pause();
      posix.write(fd, c, at, "binary").addCallback(function (n) { if (n !== c.length) sys.puts("short"); busy--; if (!busy) req.resume(); done(); });
      at += c.length;
    });
    part.addListener("complete", function () { files[part.name] = part.filename + ":" + at; });
  });
  stream.addListener("complete", function () { over = true; done(); });
  function done() { if (!over || busy) return; over = false; var t = JSON.stringify([fields, files, stream.bytesReceived == stream.bytesTotal]); res.sendHeader(200, { "Content-Length": t.length }); res.sendBody(t); res.finish(); }
});
server.listen(port);
var b = "----xyz", data = ""; for (var i = 0; i < 300000; i++) data += String.fromCharCode((i * 31) & 255);
var body = "--" + b + "\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nHello & co\r\n--" + b + "\r\nContent-Disposition: form-data; name=\"one\"; filename=\"a.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n" + data + "\r\n--" + b + "\r\nContent-Disposition: form-data; name=\"two\"; filename=\"b.txt\"\r\n\r\nsmall\r\n--" + b + "--\r\n";
var req = http.createClient(port).request("POST", "/", { "Content-Length": body.length, "Content-Type": "multipart/form-data; boundary=" + b });
for (var at = 0; at < body.length; at += 7777) req.sendBody(body.substr(at, 7777), "binary");
req.finish(function (r) { var t = ""; r.addListener("body", function (c) { t += c; }); r.addListener("complete", function () { sys.puts(t); sys.puts(posix.cat(dir + "/a.bin", "binary").wait() === data); sys.puts(posix.cat(dir + "/b.txt").wait()); server.close(); }); });
