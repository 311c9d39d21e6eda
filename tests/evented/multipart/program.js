var multipart = require("multipart"), http = require("http"), sys = require("sys");
var data = "preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n--XX\r\n" +
  "content-disposition: form-data; name=\"file\"; filename=\"q\\\"x.txt\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n--X not a boundary\r\n\r\n--XX\r\n" +
  "Content-Disposition: form-data; name=empty\r\n\r\n\r\n--XX--\r\nepilogue";
multipart.parse({ boundary: "--XX", data: data }).addCallback(function (parts) { sys.puts(JSON.stringify(parts)); byBytes(); });
function byBytes() {
  // However it is cut, it gives the same.
  var stream = new multipart.Stream({ headers: { "content-type": "multipart/form-data; boundary=XX", "content-length": "9" }, addListener: function (type, f) { this[type] = f; } }), parts = {};
  stream.addListener("part", function (part) {
    sys.puts([part.name, part.filename, part.getStream() === stream, JSON.stringify(part.headers["content-type"])].join(" "));
    var body = "";
    part.addListener("body", function (chunk) { body += chunk; });
    part.addListener("complete", function () { parts[part.name] = body; });
  });
  stream.addListener("complete", function () { sys.puts(JSON.stringify(parts) + " " + (stream.bytesReceived === data.length) + " " + stream.bytesTotal); overHttp(); });
  for (var i = 0; i < data.length; i++) stream.write(data.charAt(i));
  stream._finish();
}
function overHttp() {
  var port = Number(process.ENV.PORT);
  var server = http.createServer(function (request, response) {
    multipart.parse(request).addCallback(function (parts) {
      sys.puts(JSON.stringify(parts));
      response.sendHeader(200, {});
      response.finish();
      server.close();
    });
  });
  server.listen(port);
  var request = http.createClient(port).request("POST", "/", { "Content-Type": 'multipart/form-data; boundary="XX"', "Content-Length": data.length });
  request.sendBody(data, "binary");
  request.finish();
}
try { new multipart.Stream(); } catch (e) { sys.puts(e.name); }
var kept = new multipart.Stream({ headers: { "content-type": "multipart/form-data; boundary=XX" }, addListener: function () {} });
kept.addListener("part", function (part) {
  sys.puts(JSON.stringify(part.buffer));
  part.addListener("body", function () { sys.puts(JSON.stringify(part.buffer)); });
  part.addListener("complete", function () { sys.puts(JSON.stringify(part.buffer)); });
});
kept.write("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nbody\r\n--XX--\r\n");
