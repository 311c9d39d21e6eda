// Kinds of servers and connections of a program's own, made in each way of the time.
var sys = require("sys"), tcp = require("tcp"), http = require("http"), port = Number(process.ENV.PORT);
function Peer() { this.heard = []; }
Peer.prototype = new tcp.Connection();
function Other() {}
sys.inherits(Other, tcp.Connection);
function Full() { tcp.Connection.call(this); }
sys.inherits(Full, tcp.Connection);
function Server(listener) { http.Server.call(this, listener); this.requests = 0; }
sys.inherits(Server, http.Server);
Server.prototype.count = function () { return ++this.requests; };
function Bare() {}
Bare.prototype = new tcp.Server();

var server = new Server(function (request, response) {
  response.sendHeader(200, { "Content-Type": "text/plain" });
  response.sendBody(server.count() + " " + (request.connection.server === server));
  response.finish();
});
server.listen(port, "127.0.0.1");
var bare = new Bare(), second = new Bare();
bare.addListener("connection", function (c) { c.send("bare"); c.close(); });
bare.listen(Number(process.ENV.PORT2), "127.0.0.1");
try { second.listen(Number(process.ENV.PORT3), "127.0.0.1"); sys.puts("two of one kind"); } catch (e) { sys.puts(e.message); }
second.close();

var kinds = [["peer", Peer], ["other", Other], ["full", Full]], left = kinds.length;
kinds.forEach(function (kind) {
  var c = new kind[1](), text = "";
  if (c.readyState !== "closed") sys.puts(kind[0] + " begins " + c.readyState);
  c.connect(port, "127.0.0.1");
  c.addListener("connect", function () { c.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"); });
  c.addListener("receive", function (data) { text += data; });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", function () {
    if (!/ true/.test(text) || c.readyState !== "closed") sys.puts(kind[0] + " got " + text);
    if (--left > 0) return;
    sys.puts("requests " + server.requests);
    server.close();
    // What inherits from a connection in use acts for it.
    var plain = tcp.createConnection(Number(process.ENV.PORT2), "127.0.0.1");
    plain.addListener("receive", function (data) { sys.puts(data + " " + Object.create(plain).readyState); });
    plain.addListener("eof", function () { var derived = Object.create(plain); derived.close(); sys.puts(plain.readyState); });
    plain.addListener("close", function () { bare.close(); });
  });
});
