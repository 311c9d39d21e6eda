// An upload of a gigabyte takes the memory of a few pieces: the parts are handed on as they come.
var http = require("http"), tcp = require("tcp"), multipart = require("multipart"), sys = require("sys");
var port = Number(process.ENV.PORT), size = (1 << 30), got = 0;
var head = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large\"\r\n\r\n", end = "\r\n--xyz--\r\n";
var base, most = 0;
function look() { most = Math.max(most, process.memoryUsage().rss); }
var server = http.createServer(function (request, response) {
  var stream = new multipart.Stream(request);
  stream.addListener("part", function (part) {
    part.addListener("body", function (chunk) {
      got += chunk.length;
      if (sent < size && sent - got < piece.length * 8) more();
    });
  });
  stream.addListener("complete", function () {
    sys.puts(got === size && stream.bytesReceived === size + head.length + end.length);
    response.sendHeader(200, { Connection: "close" });
    response.finish();
  });
});
server.listen(port, "127.0.0.1");
var piece = new Array((64 << 10) + 1).join("x"), sent = 0, c = tcp.createConnection(port);
function more() {
  for (var i = 0; i < 8 && sent < size; i++) {
    c.send(piece);
    sent += piece.length;
  }
  look();
  if (!base && sent >= size / 4) base = most;
  if (sent === size) c.send(end);
}
c.addListener("connect", function () {
  c.send("POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=xyz\r\nContent-Length: " +
    (size + head.length + end.length) + "\r\n\r\n" + head);
  more();
});
c.addListener("eof", function () {
  c.close();
  server.close();
  sys.puts(most - base < (8 << 20) ? "flat" : "grew by " + (most - base) + " from " + base);
});
