// Answers leave in the order of the questions, however late each is made, whole or in pieces.
var tcp = require("tcp"), http = require("http"), sys = require("sys");
var port = Number(process.ENV.PORT), held = {}, order = [];
var server = http.createServer(function (req, res) {
  var name = req.uri.path.slice(1);
  order.push(name); held[name] = res;
  res.addListener("sent", function () { order.push("sent " + name); });
  res.addListener("flush", function () { order.push("flush " + name); });
  if (name !== "e") return;
  var l = { "Content-Length": 2 };
  held.c.sendHeader(200, l); held.c.sendBody("c"); held.c.sendBody("C"); held.c.finish();
  held.b.sendHeader(200, {}); held.b.sendBody("b");
  setTimeout(function () {
    held.e.sendHeader(200, l); held.e.sendBody("eE"); held.e.finish();
    held.a.sendHeader(200, l); held.a.sendBody("a");
    setTimeout(function () {
      held.d.sendHeader(200, { "Connection": "close" }); held.d.sendBody("dD"); held.d.finish();
      held.a.sendBody("A"); held.a.finish();
      setTimeout(function () { held.b.sendBody("B"); held.b.finish(); }, 2);
    }, 2);
  }, 2);
});
server.listen(port);
var c = tcp.createConnection(port), got = "";
c.addListener("connect", function () { c.send(["a", "b", "c", "d", "e"].map(function (n) { return "GET /" + n + " HTTP/1.1\r\n\r\n"; }).join("")); });
c.addListener("receive", function (d) { got += d; });
c.addListener("eof", function () { c.close(); });
c.addListener("close", function (e) { sys.puts(got.replace(/\r\n/g, "\n")); sys.puts("close " + e); sys.puts(order.join("\n")); server.close(); });
