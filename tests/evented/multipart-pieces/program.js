// Forms whole and in pieces, of a request and of a text; what is no form.
var multipart = require("multipart"), http = require("http"), tcp = require("tcp"), sys = require("sys");
var port = Number(process.ENV.PORT), B = "AaB03x";
function part(name, body, filename, extra) {
  return "--" + B + "\r\nContent-Disposition: form-data; name=\"" + name + "\"" + (filename ? "; filename=\"" + filename + "\"" : "") + "\r\n" + (extra || "") + "\r\n" + body + "\r\n";
}
var body = part("a", "1") + part("text", "line 1\r\nline 2\r\n--AaB\r\n") + part("file", "\u0000\u00ff--binary", "x \\\"y\\\".bin", "Content-Type: application/octet-stream\r\n") + part("empty", "") + part("a", "again") + "--" + B + "--\r\n";
function show(p) { sys.puts(JSON.stringify(p)); }
// an object
multipart.parse({ boundary: "--" + B, data: body }).addCallback(function (parts) { sys.puts("object"); show(parts); objects(); });
function objects() {
  show(multipart.parse({ boundary: "--" + B, data: "" }).wait());
  show(multipart.parse({ boundary: "--" + B, data: "preamble\r\n" + part("x", "y") + "--" + B + "--\r\nepilogue" }).wait());
  show(multipart.parse({ boundary: "--" + B, data: part("cut", "no end") }).wait());
  var s = new multipart.Stream({ boundary: "--" + B, data: body }), events = [];
  s.addListener("part", function (p) {
    events.push("part " + p.name + " " + p.filename + " " + JSON.stringify(p.headers) + " " + (p.getStream() === s) + " " + (p instanceof process.EventEmitter));
    p.addListener("body", function (c) { events.push("body " + JSON.stringify(c)); });
    p.addListener("complete", function () { events.push("complete " + p.bytesReceived + " " + arguments.length); });
  });
  s.addListener("complete", function () { sys.puts(events.join("\n")); sys.puts(s.bytesReceived + " " + s.bytesTotal + " " + body.length); requests(); });
}
var server = http.createServer(function (req, res) {
  if (req.uri.path === "/stream") {
    var s = new multipart.Stream(req), sizes = {}, first = true;
    s.addListener("part", function (p) { sizes[p.name] = 0; p.addListener("body", function (c) { sizes[p.name] += c.length; }); });
    s.addListener("complete", function () { answer(res, { sizes: sizes, received: s.bytesReceived, total: s.bytesTotal, kind: typeof s.bytesTotal }); });
  } else {
    multipart.parse(req).addCallback(function (parts) { answer(res, parts); }).addErrback(function () { answer(res, "error " + arguments.length); });
  }
});
function answer(res, v) { var t = JSON.stringify(v); res.sendHeader(200, { "Content-Length": process._byteLength(t) }); res.sendBody(t, "utf8"); res.finish(); }
server.listen(port);
function post(path, type, text, size, done) {
  var c = tcp.createConnection(port), got = ""; c.setEncoding("utf8"); c.setNoDelay();
  c.addListener("connect", function () {
    c.send("POST " + path + " HTTP/1.1\r\nConnection: close\r\n" + (type ? "Content-Type: " + type + "\r\n" : "") + "Content-Length: " + text.length + "\r\n\r\n");
    var at = 0;
    (function next() { if (at >= text.length) return; c.send(text.substr(at, size), "binary"); at += size; setTimeout(next, 0); })();
  });
  c.addListener("receive", function (d) { got += d; });
  c.addListener("eof", function () { c.close(); sys.puts(path + " " + size + " " + got.split("\r\n\r\n")[1]); done(); });
}
function requests() {
  var T = "multipart/form-data; boundary=" + B;
  var jobs = [["/", T, body, 100000], ["/", T, body, 1], ["/", T, body, 7], ["/stream", T, body, 13], ["/", T.replace(B, '"' + B + '"'), body, 50], ["/", "MULTIPART/form-data; charset=x; BOUNDARY=" + B, body, 50],
    ["/", "text/plain", "no form", 50], ["/", "", "nothing said", 50], ["/", T, "", 50], ["/", "multipart/form-data", body, 50], ["/stream", "multipart/mixed; boundary=" + B, part("n", new Array(50001).join("z")) + "--" + B + "--", 9000]];
  (function next() { var j = jobs.shift(); if (!j) return server.close(); post(j[0], j[1], j[2], j[3], next); })();
}
