// Handlers that throw, forget, repeat, and say what cannot be: what of it reaches the other side.
var http = require("http"), tcp = require("tcp"), sys = require("sys"), port = Number(process.ENV.PORT);
process.addListener("uncaughtException", function (e) { sys.puts("uncaught " + e.message); abandon("/throws"); });
// Some are never answered: who asks leaves.
var name, c;
function abandon(which) { if (name === which) setTimeout(function () { c.forceClose(); }, 0); }
var kinds = {
  "/throws": function (q, r) { throw new Error("in handler"); },
  "/throws-late": function (q, r) { r.sendHeader(200, { "Content-Length": 2 }); r.sendBody("ok"); r.finish(); throw new Error("after finish"); },
  "/body-first": function (q, r) { r.sendBody("early"); r.finish(); },
  "/finish-only": function (q, r) { r.finish(); abandon("/finish-only"); },
  "/twice": function (q, r) { r.sendHeader(200, { "Content-Length": 1 }); r.sendBody("x"); r.finish(); r.finish(); try { r.sendBody("y"); } catch (e) { sys.puts("sendBody after finish: " + e.message); } },
  "/number": function (q, r) { r.sendHeader("404", { "Content-Length": 3, "X-N": 5, "X-B": true, "X-U": undefined, "X-Null": null }); r.sendBody("abc"); r.finish(); },
  "/bad-code": function (q, r) { try { r.sendHeader("x"); } catch (e) { sys.puts(e.message); } r.sendHeader(500, {}); r.finish(); },
  "/types": function (q, r) { r.sendHeader(200, {}); [5, null, undefined, {}, true].forEach(function (v) { try { r.sendBody(v); } catch (e) { sys.puts(typeof v + " " + e.name + " " + e.message); } }); r.sendBody([104, 105, 256 + 33]); r.finish(); },
  "/types-length": function (q, r) { r.sendHeader(200, { "Content-Length": 4 }); r.sendBody(1234); r.finish(); },
  "/long": function (q, r) { r.sendHeader(200, { "Content-Length": 2 }); r.sendBody("longer than said"); r.finish(); },
  "/force": function (q, r) { q.connection.forceClose(); r.sendHeader(200, {}); r.sendBody("lost"); r.finish(); sys.puts("forced " + q.connection.readyState); },
  "/close": function (q, r) { r.sendHeader(200, {}); r.sendBody("before close"); q.connection.close(); r.finish(); },
  "/unknown": function (q, r) { r.sendHeader(799, {}); r.finish(); },
  "/listeners": function (q, r) { q.addListener("complete", function () { q.addListener("complete", function () { sys.puts("added in complete"); }); sys.puts("complete once"); r.sendHeader(204, []); r.finish(); }); }
};
var server = http.createServer(function (q, r) { kinds[q.uri.path](q, r); }, { some: "options" });
var connections = [];
server.addListener("connection", function (c) { connections.push(c); });
server.listen(port);
var names = Object.keys(kinds);
(function next() {
  name = names.shift(); if (!name) { server.close(); connections.forEach(function (c) { c.forceClose(); }); return; }
  var got = "", asked = name;
  c = tcp.createConnection(port);
  c.addListener("connect", function () { c.send("GET " + name + " HTTP/1.1\r\n\r\n"); if (!/^.(throws|body-first|finish-only)$/.test(name)) c.close(); });
  c.addListener("receive", function (d) { got += d; if (got === "early") abandon("/body-first"); });
  c.addListener("eof", function () { if (c.readyState !== "closing") c.close(); });
  c.addListener("close", function (e) { sys.puts(asked + " " + JSON.stringify(got) + " " + e); next(); });
})();
