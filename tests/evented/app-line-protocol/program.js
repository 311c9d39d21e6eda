// A client for a line protocol, and a server that speaks it; commands are answered in order by promises.
var tcp = require("tcp"), sys = require("sys"), port = Number(process.ENV.PORT);
// --- the server
var store = {};
var server = tcp.createServer(function (s) {
  var buffer = "";
  s.setEncoding("binary");
  s.addListener("receive", function (data) {
    buffer += data;
    for (;;) {
      var at = buffer.indexOf("\r\n");
      if (at < 0) return;
      var words = buffer.substring(0, at).split(" "), command = words[0].toUpperCase();
      if (command === "SET") {
        var n = parseInt(words[2], 10);
        if (buffer.length < at + 2 + n + 2) return;
        store[words[1]] = buffer.substr(at + 2, n);
        buffer = buffer.substr(at + 2 + n + 2);
        s.send("+OK\r\n");
        continue;
      }
      buffer = buffer.substr(at + 2);
      if (command === "GET") { var v = store[words[1]]; s.send(v === undefined ? "$-1\r\n" : "$" + v.length + "\r\n" + v + "\r\n", "binary"); }
      else if (command === "INCR") { store[words[1]] = String(parseInt(store[words[1]] || "0", 10) + 1); s.send(":" + store[words[1]] + "\r\n"); }
      else if (command === "KEYS") { var keys = Object.keys(store).sort(); s.send("*" + keys.length + "\r\n" + keys.map(function (k) { return "$" + k.length + "\r\n" + k + "\r\n"; }).join("")); }
      else if (command === "QUIT") { s.close(); return; }
      else s.send("-ERR unknown command '" + words[0] + "'\r\n");
    }
  });
  s.addListener("eof", function () { s.close(); });
});
server.listen(port);
// --- the client
function Client(port) {
  process.EventEmitter.call(this);
  var self = this, conn = this.conn = tcp.createConnection(port), buffer = "";
  this.waiting = []; this.early = [];
  conn.setEncoding("binary"); conn.setNoDelay();
  conn.addListener("connect", function () { self.early.forEach(function (t) { conn.send(t, "binary"); }); self.early = null; self.emit("ready"); });
  conn.addListener("receive", function (d) {
    buffer += d;
    var r;
    while (self.waiting.length && (r = parse(buffer))) {
      buffer = buffer.substr(r.used);
      var p = self.waiting.shift();
      if (r.error) p.emitError(new Error(r.error)); else p.emitSuccess(r.value);
    }
  });
  conn.addListener("eof", function () { conn.close(); });
  conn.addListener("close", function (e) { self.emit("end", e); });
}
sys.inherits(Client, process.EventEmitter);
function parse(text) {
  var at = text.indexOf("\r\n"); if (at < 0) return null;
  var line = text.substring(1, at);
  switch (text.charAt(0)) {
    case "+": return { value: line, used: at + 2 };
    case "-": return { error: line, used: at + 2 };
    case ":": return { value: Number(line), used: at + 2 };
    case "$": var n = Number(line); if (n < 0) return { value: null, used: at + 2 };
      return text.length < at + 4 + n ? null : { value: text.substr(at + 2, n), used: at + 4 + n };
    case "*": var list = [], used = at + 2;
      for (var i = 0; i < Number(line); i++) { var r = parse(text.substr(used)); if (!r) return null; list.push(r.value); used += r.used; }
      return { value: list, used: used };
  }
}
["get", "incr", "keys", "quit", "bogus"].forEach(function (name) {
  Client.prototype[name] = function () { return this.command([name].concat(Array.prototype.slice.call(arguments)).join(" ") + "\r\n"); };
});
Client.prototype.set = function (key, value) { return this.command("SET " + key + " " + value.length + "\r\n" + value + "\r\n"); };
Client.prototype.command = function (text) {
  var p = new process.Promise(); this.waiting.push(p);
  if (this.early) this.early.push(text); else this.conn.send(text, "binary");
  return p;
};
var c = new Client(port), order = [];
c.addListener("ready", function () { sys.puts("ready"); });
c.addListener("end", function (e) { sys.puts("end " + e + " " + order.join()); server.close(); });
c.set("a", "one\r\ntwo").addCallback(function (v) { order.push(v); });
c.get("a").addCallback(function (v) { order.push(JSON.stringify(v)); });
c.get("none").addCallback(function (v) { order.push(String(v)); });
c.bogus("x").addCallback(function () { order.push("no"); }).addErrback(function (e) { order.push(e.message); });
sys.puts(c.incr("n").wait()); sys.puts(c.incr("n").wait());
var bytes = ""; for (var i = 0; i < 256; i++) bytes += String.fromCharCode(i);
sys.puts(c.set("bytes", bytes).wait()); sys.puts(c.get("bytes").wait() === bytes);
var big = new Array(200001).join("0123456789"); c.set("big", big).wait(); sys.puts(c.get("big").wait().length);
sys.puts(c.keys().wait().join(" "));
try { c.bogus().wait(); } catch (e) { sys.puts(e.message); }
c.quit();
