// Connections time out after 60 seconds without activity, unless they say otherwise. The clock does
// not wait for that: it goes on where nothing happens.
var tcp = require("tcp"), http = require("http"), sys = require("sys");
var port = Number(process.ENV.PORT), log = [];
function hear(name, socket) {
  socket.addListener("timeout", function () { log.push(name + " timeout"); });
  socket.addListener("close", function (had_error) { log.push(name + " close " + had_error); });
  socket.addListener("eof", function () { socket.close(); });
}
function connect(name, then) {
  var c = tcp.createConnection(port);
  hear(name, c);
  c.addListener("connect", function () { then(c); });
}
function after(ms, text, act) { setTimeout(function () { log.push("-- " + text); if (act) act(); }, ms); }
function show(title) { sys.puts(title + "\n" + log.join("\n")); log = []; }

// Nobody says anything.
var server = tcp.createServer(function (socket) {
  socket.addListener("connect", function () {
    if (quiet) return hear("server", socket);
    socket.setTimeout(0);
    socket.addListener("eof", function () { socket.close(); });
  });
}), quiet = true;
server.listen(port);
connect("client", function (c) {
  c.setTimeout(0);
  after(55000, "55 s");
  after(65000, "65 s", busy);
});

// Something that is sent counts; a time of one's own; none.
function busy() {
  show("idle");
  quiet = false;
  connect("sends once", function (c) {
    after(40000, "sends", function () { c.send("x"); });
    after(95000, "95 s");
    after(105000, "105 s", choice);
  });
}
function choice() {
  show("busy");
  connect("two minutes", function (c) { c.setTimeout(120000); });
  connect("never", function (c) {
    c.setTimeout(0);
    after(115000, "115 s");
    after(125000, "125 s");
    after(3600000, "an hour", function () { c.close(); server.close(); show("choice"); web(); });
  });
}

// The same on connections of http, also where they wait for the next request.
function web() {
  server = http.createServer(function (request, response) {
    response.sendHeader(200, { "Content-Length": 0 });
    response.finish();
  });
  server.addListener("connection", function (socket) { hear("http", socket); });
  server.listen(port);
  connect("browser", function (c) {
    c.setTimeout(0);
    after(30000, "asks", function () { c.send("GET / HTTP/1.1\r\n\r\n"); });
    after(85000, "85 s");
    after(95000, "95 s", function () { server.close(); show("web"); });
  });
}
