// Answers without a body are complete all the same.
var http = require("http"), tcp = require("tcp"), sys = require("sys"), port = Number(process.ENV.PORT);
var answers = [
  "HTTP/1.1 304 Not Modified\r\n\r\n",
  "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.0 200 OK\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
];
var current, server = tcp.createServer(function (socket) {
  socket.addListener("receive", function () { socket.send(current); socket.close(); });
});
server.listen(port);
function next() {
  if (answers.length === 0) return server.close();
  current = answers.shift();
  // The last answers a HEAD.
  var client = http.createClient(port), seen = [];
  client.addListener("error", function () { seen.push("error"); });
  client.addListener("close", function () { sys.puts(seen.join(" ")); next(); });
  client.request(answers.length === 0 ? "HEAD" : "GET", "/").finish(function (response) {
    seen.push(response.statusCode);
    response.addListener("body", function (chunk) { seen.push("body"); });
    response.addListener("complete", function () { seen.push("complete"); });
  });
}
next();
