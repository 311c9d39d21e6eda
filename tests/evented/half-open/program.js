// Connections that one side has ended or left: nobody waits for ever, nothing is left behind.
var tcp = require("tcp"), http = require("http"), sys = require("sys"), posix = require("posix");
var ports = [process.ENV.PORT, process.ENV.PORT2].map(Number), log = [], before = posix.readdirSync("/proc/self/fd").length;
function tell(text) { log.push(text); }

// One who ends at once, to a server that still speaks.
var server = tcp.createServer(function (socket) {
  socket.addListener("eof", function () {
    tell("server " + socket.readyState);
    socket.send("still here");
    setTimeout(function () { socket.send(", and still"); socket.close(); tell("server " + socket.readyState); }, 20);
  });
});
server.listen(ports[0], "127.0.0.1");

// A server that never answers, whose connections time out; and one that reads but never ends.
var deaf = http.createServer(function (request, response) {
  request.connection.setTimeout(30);
  request.connection.addListener("timeout", function () { tell("deaf timeout"); });
  request.connection.addListener("close", function (had_error) { tell("deaf close " + had_error); });
});
deaf.listen(ports[1], "127.0.0.1");

var steps = [
  function (next) {
    var c = tcp.createConnection(ports[0]), seen = "";
    c.addListener("connect", function () { c.close(); tell("client " + c.readyState); });
    c.addListener("receive", function (data) { seen += data; });
    c.addListener("eof", function () { tell("client eof, " + c.readyState); });
    c.addListener("close", function (had_error) { tell("client close " + had_error + " " + seen); next(); });
  },
  function (next) {
    // It hears of the end, and does not end its own side: the idle timeout does.
    var c = tcp.createConnection(ports[1]);
    c.addListener("connect", function () { c.send("GET / HTTP/1.1\r\n\r\n"); });
    c.addListener("eof", function () {
      tell("client " + c.readyState);
      c.setTimeout(30);
    });
    c.addListener("timeout", function () { tell("client timeout"); });
    c.addListener("close", function (had_error) { tell("client close " + had_error); next(); });
  },
  function (next) {
    // Half a request, then the end of the client's side.
    var c = tcp.createConnection(ports[1]);
    c.addListener("connect", function () { c.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"); c.close(); });
    c.addListener("eof", function () { tell("half eof"); });
    c.addListener("close", function (had_error) { tell("half close " + had_error); next(); });
  },
  function (next) {
    // A client whose server goes away in the middle of the answer.
    var bad = tcp.createServer(function (socket) {
      socket.addListener("receive", function () {
        socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
        socket.close();
      });
      bad.close();
    });
    server.addListener("close", function () {
      bad.listen(ports[0], "127.0.0.1");
      var client = http.createClient(ports[0]);
      client.addListener("error", function () { tell("client error"); next(); });
      client.request("/").finish(function (response) {
        response.addListener("body", function (chunk) { tell("body " + chunk); });
        response.addListener("complete", function () { tell("complete"); });
      });
    });
    server.close();
  },
  function () {
    deaf.close();
    setTimeout(function () {
      sys.puts(log.join("\n"));
      sys.puts(posix.readdirSync("/proc/self/fd").length - before);
    }, 50);
  }
];
(function next() { steps.shift()(next); })();
