// The document's example, for a request and for data that are there.
var sys = require("sys"), http = require("http"), port = Number(process.ENV.PORT);
var data = "--xyz\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\na title\r\n" +
  "--xyz\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"a.txt\"\r\n" +
  "Content-Type: text/plain\r\n\r\nline 1\r\nline 2\r\n--xyz--\r\n";
GLOBAL.require = require;
var example = require("posix").cat(process.ENV.TMP + "/stream.js").wait();
var server = http.createServer(function (request, response) {
  options = request;
  show = function (stream, parts) {
    sys.puts(JSON.stringify(parts) + " " + (stream.bytesReceived === data.length) + " " + (stream.bytesTotal == data.length));
    response.sendHeader(200, {});
    response.finish();
    server.close();
  };
  process.compile(example, "stream.js");
});
server.listen(port);
var request = http.createClient(port).request("POST", "/", {
  "Content-Type": "multipart/form-data; boundary=xyz", "Content-Length": data.length
});
request.sendBody(data);
request.finish(function (response) {
  options = { boundary: "--xyz", data: data };
  show = function (stream, parts) { sys.puts(JSON.stringify(parts)); };
  process.compile(example, "stream.js");
});
