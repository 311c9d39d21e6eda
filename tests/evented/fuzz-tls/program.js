// Handshakes at random: what a client or a server sends, changed or cut short, ends the connection
// of the other side, which never waits for ever and never trusts what it got.
var random = require("../../fuzz/random"), tcp = require("tcp"), posix = require("posix"), sys = require("sys");
var check = random.check, ports = [process.ENV.PORT, process.ENV.PORT2].map(Number), round, current = "", pem = {};
posix.readdirSync("../tls-tcp/pem").forEach(function (name) { pem[name] = posix.cat("../tls-tcp/pem/" + name).wait(); });
process.addListener("uncaughtException", function (e) { check(false, e.stack || String(e), round, current); });

var secured = 0, server = tcp.createServer(function (socket) {
  secured++;
  socket.addListener("eof", function () { socket.close(); });
});
server.setSecure("X509_PEM", pem["ca.crt"], "", pem["server.key"], pem["server.crt"]);
server.listen(ports[0], "127.0.0.1");

// Speaks without TLS: sends, ends its side, and gives what it heard.
function speak(bytes, done) {
  var c = tcp.createConnection(ports[0]), heard = "";
  c.addListener("connect", function () { c.send(bytes, "binary"); c.close(); });
  c.addListener("receive", function (data) { heard += data; });
  c.addListener("close", function () { done(heard); });
}
// What a server without TLS hears, which answers with these bytes and ends.
function answer(bytes, done) {
  var heard = "", failed = 0, plain = tcp.createServer(function (socket) {
    socket.addListener("receive", function (data) {
      heard += data;
      if (socket.readyState !== "open") return;
      socket.send(bytes, "binary");
      socket.close();
    });
    socket.addListener("eof", function () { socket.close(); });
  });
  plain.listen(ports[1], "127.0.0.1");
  var c = tcp.createConnection(ports[1], "localhost");
  c.setSecure("X509_PEM", pem["ca.crt"]);
  c.addListener("connect", function () { check(false, "a handshake with nobody", round, bytes); });
  c.addListener("close", function (had_error) {
    check(had_error === true && ++failed === 1, "no failure, or two", round, bytes);
    plain.addListener("close", function () { done(heard); });
    plain.close();
  });
}

// A first message of either side, recorded, is what the others are made from.
answer("", function (hello) {
  check(hello.length > 100, "no first message", 0, hello);
  speak(hello, function (reply) {
    check(reply.length > 100, "no reply", 0, reply);
    round = random.rounds(200);
    (function toServer() {
      if (--round < 0) return clients();
      current = random.below(4) ? random.mutate([hello]) : hello.slice(0, random.below(hello.length)) + random.text(random.below(300));
      speak(current, toServer);
    })();
    function clients() {
      check(secured === 0, "a handshake with nobody", 0, "");
      round = random.rounds(100);
      (function toClient() {
        if (--round < 0) return over();
        current = random.below(4) ? random.mutate([reply]) : reply.slice(0, random.below(reply.length)) + random.text(random.below(300));
        answer(current, toClient);
      })();
    }
  });
});
function over() {
  server.close();
  sys.puts("done");
}
