// The descriptor of a connection can be given to posix.sendfile and posix.write.
var tcp = require("tcp"), posix = require("posix"), sys = require("sys");
var PORT = Number(process.ENV.PORT), got = "";
var server = tcp.createServer(function (socket) {
  var fd = posix.openSync(__filename, process.O_RDONLY, 0);
  posix.write(socket.fd, "first ").addCallback(function () {
    posix.sendfile(socket.fd, fd, 0, 30).addCallback(function (sent) {
      sys.puts("sent " + sent);
      posix.closeSync(fd);
      try { posix.closeSync(socket.fd); } catch (error) { sys.puts("close: " + error.message); }
      socket.close();
      server.close();
    });
  });
});
server.listen(PORT, "127.0.0.1");
var client = tcp.createConnection(PORT);
client.addListener("receive", function (data) { got += data; });
client.addListener("eof", function () { client.close(); });
client.addListener("close", function () {
  sys.puts(got);
  sys.puts(String(client.fd));
  posix.write(98765, "x").addErrback(function (error) { sys.puts(error.message); });
});
