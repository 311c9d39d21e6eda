// A listener that answers and then waits: its answer goes out before the loop inside does anything
// for long, also where another request came at the same moment.
var sys = require("sys"), http = require("http"), tcp = require("tcp"), port = Number(process.ENV.PORT);
var arrived = new process.Promise();
var server = http.createServer(function (request, response) {
  response.sendHeader(200, { "Content-Length": 1 });
  response.sendBody(request.uri.path.slice(1));
  response.finish();
  if (request.uri.path !== "/a") return;
  try { arrived.timeout(3000).wait(); sys.puts("the answer arrived while its listener waited"); } catch (e) { sys.puts(e.message); }
});
server.listen(port, "127.0.0.1");
var names = ["a", "b", "c"], open = 0, closed = 0;
var clients = names.map(function (name) {
  var c = tcp.createConnection(port, "127.0.0.1"), text = "";
  c.addListener("connect", function () { if (++open === names.length) setTimeout(ask, 5); });
  c.addListener("receive", function (data) { text += data; if (name === "a" && /\r\n\r\na$/.test(text)) arrived.emitSuccess(); });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", function () { sys.puts(name + " got " + text.slice(-1)); if (++closed === names.length) server.close(); });
  return c;
});
// All in one turn, so that the server finds them together.
function ask() {
  clients.forEach(function (c, i) { c.send("GET /" + names[i] + " HTTP/1.1\r\nConnection: close\r\n\r\n"); });
}
