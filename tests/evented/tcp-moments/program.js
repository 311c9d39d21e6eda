// What happens to connections that are ended, paused, or opened again at odd moments.
var tcp = require("tcp"), sys = require("sys"), port = Number(process.ENV.PORT), port2 = Number(process.ENV.PORT2);
var tests = [], server;
function test(name, onSocket, onClient) { tests.push([name, onSocket, onClient]); }
var log;
function note(t) { log.push(t); }
test("drain after connect, before FIN", function (s) { s.addListener("eof", function () { s.close(); }); }, function (c) {
  c.addListener("connect", function () { note("connect"); }); c.addListener("drain", function () { note("drain " + c.readyState); if (c.readyState === "open") c.close(); });
});
test("close before connect", function (s) { s.addListener("eof", function () { note("server eof"); s.close(); }); }, function (c) {
  c.close(); note(c.readyState); c.addListener("connect", function () { note("connect " + c.readyState); try { c.send("x"); } catch (e) { note(e.message); } });
});
test("forceClose before connect", function (s) { s.addListener("eof", function () { s.close(); }); }, function (c) {
  c.forceClose(); c.addListener("connect", function () { note("connect?"); });
});
test("server speaks first and closes", function (s) { s.addListener("connect", function () { s.send("bye"); s.close(); note(s.readyState); }); }, function (c) {
  c.addListener("receive", function (d) { note(d); }); c.addListener("eof", function () { note("eof " + c.readyState); c.send("late"); c.close(); });
});
test("both close at once", function (s) { s.addListener("connect", function () { s.close(); }); }, function (c) { c.addListener("connect", function () { c.close(); }); c.addListener("eof", function () { note("eof"); }); });
test("forceClose in receive", function (s) { s.addListener("connect", function () { s.send(new Array(50000).join("z")); }); s.addListener("eof", function () { s.forceClose(); }); }, function (c) {
  var n = 0; c.addListener("receive", function (d) { n++; c.forceClose(); if (n > 1) note("more after forceClose"); });
});
test("pause keeps data", function (s) { s.addListener("connect", function () { s.send("one"); }); s.addListener("receive", function () { s.send("two"); s.close(); }); }, function (c) {
  c.addListener("connect", function () { c.readPause(); c.send("x"); setTimeout(function () { note("resume"); c.readResume(); }, 10); });
  var all = ""; c.addListener("receive", function (d) { all += d; }); c.addListener("eof", function () { note(all); c.close(); });
});
test("encodings change between chunks", function (s) { s.addListener("connect", function () { s.send("\u00e9", "utf8"); }); s.addListener("receive", function (d) { s.send("\u00e9", "utf8"); s.close(); }); }, function (c) {
  c.setEncoding("utf8"); var first = true; c.addListener("receive", function (d) { note(d.length); if (first) { first = false; c.setEncoding("binary"); c.send("go"); } }); c.addListener("eof", function () { c.close(); });
});
test("null and numbers are sent as text", function (s) { var all = ""; s.addListener("receive", function (d) { all += d; }); s.addListener("eof", function () { note(all); s.close(); }); }, function (c) {
  c.addListener("connect", function () { note([c.send(5), c.send(null), c.send(""), c.send("\u20ac"), c.send("\u20ac", "utf8"), c.send({})].join()); c.close(); });
});
test("timeout", function (s) { s.addListener("eof", function () { s.close(); }); }, function (c) { c.addListener("connect", function () { c.setTimeout(5); }); c.addListener("timeout", function () { note("timeout " + c.readyState); }); c.addListener("eof", function () { note("eof?"); }); });
test("timeout off", function (s) { s.setTimeout(5); s.setTimeout(0); s.addListener("timeout", function () { note("timeout?"); }); s.addListener("eof", function () { s.close(); }); }, function (c) { setTimeout(function () { c.close(); }, 20); });
test("refused", null, function (c) { c.addListener("connect", function () { note("connect?"); }); });
test("again in close", function (s) { s.addListener("connect", function () { s.send("hi"); s.close(); }); s.addListener("eof", function () { s.close(); }); }, function (c) {
  var n = 0; c.addListener("receive", function (d) { note(d); }); c.addListener("eof", function () { c.close(); }); c.addListener("close", function () { if (++n < 3) c.connect(port); });
});
(function next() {
  var t = tests.shift(); if (!t) return;
  log = [];
  var open = 0, closed = 0, server = tcp.createServer(function (s) { open++; s.addListener("close", function (e) { end(); }); if (t[1]) t[1](s); });
  server.listen(port, "127.0.0.1");
  var c = tcp.createConnection(t[1] ? port : port2);
  t[2](c);
  c.addListener("close", function (e, text) { note("close " + e + " " + c.readyState); if (c.readyState === "closed") end(true); });
  var over = false;
  function end(client) {
    closed++;
    setTimeout(function () {
      if (over || c.readyState !== "closed" || closed < open + 1) return; over = true; server.close();
      sys.puts(t[0] + ": " + log.join(", ")); next();
    }, 5);
  }
})();
