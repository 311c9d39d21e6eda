// A response without a body is complete as well, whoever says that it has none.
var http = require("http"), tcp = require("tcp"), sys = require("sys"), PORT = Number(process.ENV.PORT);
var answers = {
  "/no-length": "HTTP/1.1 200 OK\r\n\r\n",
  "/zero": "HTTP/1.1 302 Moved Temporarily\r\nContent-Length: 0\r\n\r\n",
  "/204": "HTTP/1.1 204 No Content\r\n\r\n",
  "/304": "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
  "/head": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
  "/chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
};
var server = tcp.createServer(function (socket) {
  socket.addListener("receive", function (data) { socket.send(answers[data.split(" ")[1]]); });
  socket.addListener("eof", function () { socket.close(); });
});
server.listen(PORT, "127.0.0.1");

var client = http.createClient(PORT, "127.0.0.1"), left = 0;
for (var path in answers) (function (path) {
  left++;
  client.request(path === "/head" ? "HEAD" : "GET", path).finish(function (response) {
    response.addListener("body", function (chunk) { sys.puts("body " + chunk); });
    response.addListener("complete", function () {
      sys.puts(response.statusCode + " " + path);
      if (--left === 0) server.close();
    });
  });
})(path);
