// Keys and certificates that cannot be used: the exception says which, and why.
var tcp = require("tcp"), http = require("http"), sys = require("sys"), posix = require("posix");
function pem(name) { return posix.cat(process.cwd() + "/pem/" + name).wait(); }
function attempt(title, object, key, certificate, format, ca, crl) {
  try {
    object.setSecure(format || "X509_PEM", ca || "", crl || "", key, certificate);
    sys.puts(title + ": taken");
  } catch (e) { sys.puts(title + ": " + e.message); }
}
var server = tcp.createServer(), client = http.createClient(Number(process.ENV.PORT));
attempt("short", server, pem("short.key"), pem("short.crt"));
attempt("short, in its own format", http.createServer(), pem("short-rsa.key"), pem("short.crt"));
attempt("short, of a client", client, pem("short.key"), pem("short.crt"));
attempt("no key", server, "", pem("server.crt"));
attempt("no certificate", server, pem("client.key"), null);
attempt("nothing", server);
server.setSecure();
attempt("no PEM", server, "key", pem("server.crt"));
attempt("another key", server, pem("client.key"), pem("server.crt"));
attempt("format", server, pem("client.key"), pem("server.crt"), "X509_DER");
attempt("number", server, 5, pem("server.crt"));
attempt("cut key", server, pem("client.key").slice(0, 100), pem("server.crt"));
attempt("client without any", client, null, undefined);
