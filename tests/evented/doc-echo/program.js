var tcp = require("tcp");
var server = tcp.createServer(function (socket) {
  socket.setEncoding("utf8");
  socket.addListener("connect", function () {
    socket.send("hello\r\n");
  });
  socket.addListener("receive", function (data) {
    socket.send(data);
  });
  socket.addListener("eof", function () {
    socket.send("goodbye\r\n");
    socket.close();
  });
});
server.listen(Number(process.ENV.PORT), "localhost");
var c = tcp.createConnection(Number(process.ENV.PORT), "localhost"), seen = "";
c.addListener("connect", function () { c.send("text\r\n"); c.close(); });
c.addListener("receive", function (data) { seen += data; });
c.addListener("close", function () { require("sys").print(seen); server.close(); });
