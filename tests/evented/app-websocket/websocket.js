// WebSockets as of draft 75: a handshake like a request of HTTP, then texts between the bytes 0 and 255.
var tcp = require("tcp"), sys = require("sys");
function Client(socket, server) {
  var self = this;
  process.mixin(this, { socket: socket, server: server, state: "handshake", data: "", id: server.manager.add(this), timer: undefined });
  socket.setEncoding("binary");
  socket.setTimeout(0);
  socket.setNoDelay();
  socket.addListener("receive", function (data) { self.data += data; while (self.state !== "closed" && self[self.state]()); });
  socket.addListener("eof", function () { self.close(); });
  socket.addListener("close", function (failed) { self.gone(failed); });
}
sys.inherits(Client, process.EventEmitter);
Client.prototype.handshake = function () {
  if (/^<policy-file-request\/>\0/.test(this.data)) {
    this.socket.send('<cross-domain-policy><allow-access-from domain="*" to-ports="*"/></cross-domain-policy>\0');
    this.state = "closed"; this.socket.close();
    return false;
  }
  var end = this.data.indexOf("\r\n\r\n");
  if (end < 0) return false;
  var lines = this.data.slice(0, end).split("\r\n"), request = /^GET (\/\S*) HTTP\/1\.1$/.exec(lines.shift()), headers = {};
  lines.forEach(function (line) { var parts = /^([^:]+):\s*(.*)$/.exec(line); if (parts) headers[parts[1].toLowerCase()] = parts[2]; });
  if (!request || headers.upgrade !== "WebSocket" || headers.connection !== "Upgrade") {
    this.socket.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    this.state = "closed"; this.socket.close();
    return false;
  }
  this.resource = request[1];
  this.headers = headers;
  this.data = this.data.slice(end + 4);
  this.socket.send(["HTTP/1.1 101 Web Socket Protocol Handshake", "Upgrade: WebSocket", "Connection: Upgrade", "WebSocket-Origin: " + headers.origin, "WebSocket-Location: ws://" + headers.host + this.resource, "", ""].join("\r\n"));
  this.state = "frames";
  this.server.emit("connection", this);
  return true;
};
Client.prototype.frames = function () {
  var end = this.data.indexOf("\u00ff");
  if (end < 0) return false;
  var text = this.data.slice(0, end);
  this.data = this.data.slice(end + 1);
  if (text.charAt(0) !== "\0") { this.emit("error", "a frame begins with " + text.charCodeAt(0)); this.close(); return false; }
  this.emit("message", decodeURIComponent(escape(text.slice(1))));
  return true;
};
Client.prototype.write = function (text) {
  if (this.state !== "frames") return false;
  this.socket.send("\0", "binary"); this.socket.send(text, "utf8"); this.socket.send("\u00ff", "binary");
  return true;
};
Client.prototype.ping = function (ms) {
  var self = this;
  clearTimeout(this.timer);
  this.timer = setTimeout(function () { self.write("~ping~"); self.timer = null; }, ms);
};
Client.prototype.close = function () {
  if (this.socket.readyState === "open" || this.socket.readyState === "writeOnly") this.socket.close();
  this.state = "closed";
};
Client.prototype.gone = function (failed) {
  // Most never had a timer.
  clearTimeout(this.timer);
  clearInterval(this.heartbeat);
  this.state = "closed";
  this.server.manager.remove(this.id);
  this.emit("close", failed);
};
function Manager() { var clients = {}, last = 0; this.length = 0;
  this.add = function (client) { clients[++last] = client; this.length++; return last; };
  this.remove = function (id) { if (delete clients[id]) this.length--; };
  this.forEach = function (visit) { for (var id in clients) visit(clients[id]); };
}
exports.createServer = function (options) {
  var server = new process.EventEmitter();
  server.options = process.mixin(true, { origins: ["*"], server: null }, options);
  server.manager = new Manager();
  server.server = tcp.createServer(function (socket) { new Client(socket, server); });
  server.listen = function (port, host) { server.server.listen(port, host); };
  server.close = function () { server.server.close(); };
  server.broadcast = function (text, except) { var n = 0; server.manager.forEach(function (client) { if (client !== except && client.write(text)) n++; }); return n; };
  return server;
};
