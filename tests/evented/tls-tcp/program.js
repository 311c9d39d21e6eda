var tcp = require("tcp"), sys = require("sys"), posix = require("posix");
function pem(name) { return posix.cat(process.cwd() + "/pem/" + name).wait(); }
var ca = pem("ca.crt"), port = Number(process.ENV.PORT);
var log = { server: [], client: [] };
function server(key, cert, p) {
  var s = tcp.createServer(function (socket) {
    socket.addListener("connect", function () {
      log.server.push(socket.readyState + " " + socket.verifyPeer() + " " + socket.getPeerCertificate("DNstring"));
      socket.send("hello ");
    });
    socket.addListener("receive", function (data) { socket.send(data.toUpperCase()); });
    socket.addListener("eof", function () { socket.close(); });
    socket.addListener("close", function (had_error) { log.server.push("close " + had_error); });
  });
  s.setSecure("X509_PEM", ca, null, pem(key), pem(cert));
  s.listen(p, "127.0.0.1");
  return s;
}
var good = server("server.key", "server.crt", port);
function client(p, host, credentials, done) {
  var c = tcp.createConnection(p, host), seen = "";
  if (credentials) c.setSecure.apply(c, ["X509_PEM"].concat(credentials)); else c.setSecure();
  c.addListener("connect", function () {
    log.client.push(c.verifyPeer() + " " + c.getPeerCertificate("DNstring"));
    c.send("text");
  });
  c.addListener("receive", function (data) { seen += data; if (/TEXT/.test(seen)) c.close(); });
  c.addListener("close", function (had_error) { log.client.push(seen + " " + had_error); done(); });
}
client(port, "localhost", [ca, null, pem("client.key"), pem("client.crt")], function () {
  client(port, undefined, [ca], function () {
    client(port, "localhost", null, function () {
      client(port, "localhost", [pem("self.crt")], function () {
        good.close();
        plain();
      });
    });
  });
});
function plain() {
  // One who speaks no TLS, to one who does.
  var s = tcp.createServer(function (socket) { socket.addListener("connect", function () { log.server.push("no"); }); });
  s.setSecure("X509_PEM", null, null, pem("self.key"), pem("self.crt"));
  s.listen(Number(process.ENV.PORT2));
  var c = tcp.createConnection(Number(process.ENV.PORT2));
  log.client.push(String(c.verifyPeer()));
  c.addListener("connect", function () { c.send("GET / HTTP/1.0\r\n\r\n"); });
  c.addListener("close", function () { log.client.push("plain closed"); s.close(); });
  c.addListener("eof", function () { c.close(); });
}
try { good.setSecure("PKCS", "", "", "", ""); } catch (e) { sys.puts(e.message); }
try { tcp.createServer().setSecure("X509_PEM"); } catch (e) { sys.puts(e.message); }
try { tcp.createServer().setSecure("X509_PEM", "", "", "no key", pem("self.crt")); } catch (e) { sys.puts(/private key/.test(e.message)); }
process.addListener("exit", function () { sys.puts(log.client.concat(log.server).join("\n")); });
