// Revocation lists on both sides: a peer whose certificate is on one gives -105.
var tcp = require("tcp"), sys = require("sys"), posix = require("posix");
var port = Number(process.ENV.PORT), texts = {};
posix.readdirSync("pem").forEach(function (name) { texts[name] = posix.cat("pem/" + name).wait(); });
function pem(name) { return texts[name]; }
var ca = pem("ca.crt"), crl = pem("revoked.crl");
function talk(serverName, clientName, list, done) {
  var server = tcp.createServer(function (socket) {
    socket.addListener("connect", function () {
      sys.puts("server sees " + clientName + ": " + socket.verifyPeer());
      socket.close();
    });
  });
  server.setSecure("X509_PEM", ca, list, pem(serverName + ".key"), pem(serverName + ".crt"));
  server.listen(port, "127.0.0.1");
  var c = tcp.createConnection(port, "localhost"), seen;
  c.setSecure("X509_PEM", ca, list, pem(clientName + ".key"), pem(clientName + ".crt"));
  c.addListener("connect", function () { seen = c.verifyPeer(); });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", function () {
    sys.puts("client sees " + serverName + ": " + seen);
    server.addListener("close", done);
    server.close();
  });
}
talk("good", "good", crl, function () {
  talk("good", "revoked", crl, function () {
    talk("revoked", "good", crl, function () {
      talk("revoked", "revoked", null, function () {
        try {
          tcp.createServer().setSecure("X509_PEM", ca, "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
            pem("good.key"), pem("good.crt"));
        } catch (e) { sys.puts(e.message.slice(0, 40)); }
      });
    });
  });
});
