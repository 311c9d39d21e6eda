// A line client for a chat network, against a server that says what such servers say, in odd pieces.
var tcp = require("tcp"), sys = require("sys"), port = Number(process.ENV.PORT);
var server = tcp.createServer(function (s) {
  var rest = "", nick;
  s.setEncoding("utf8");
  s.addListener("receive", function (d) {
    var lines = (rest + d).split("\r\n"); rest = lines.pop();
    lines.forEach(function (line) {
      var m = line.match(/^(\w+) ?(.*)$/);
      switch (m[1]) {
        case "NICK": nick = m[2]; break;
        case "USER": pieces([":srv 001 " + nick + " :Welcome\r\n:srv 37", "6 " + nick + " :End of MOTD\r\nPING :tok", "en\r\n"]); break;
        case "PONG": s.send(":srv NOTICE " + nick + " :" + m[2] + "\r\n"); break;
        case "JOIN": s.send(":" + nick + "!u@h JOIN " + m[2] + "\r\n:ana!u@h PRIVMSG " + m[2] + " :h\u00e9llo :) " + nick + "\r\n", "utf8"); break;
        case "PRIVMSG": s.send(":ana!u@h PRIVMSG " + m[2].replace(":", ":echo ") + "\r\n", "utf8"); break;
        case "QUIT": s.send("ERROR :Closing Link\r\n"); s.close(); break;
      }
    });
  });
  function pieces(list) { if (!list.length) return; s.send(list.shift()); setTimeout(function () { pieces(list); }, 1); }
  s.addListener("eof", function () { s.close(); });
});
server.listen(port, "localhost");
function Client(port, host, nick) {
  process.EventEmitter.call(this);
  var self = this, buffer = "", c = this.connection = tcp.createConnection(port, host);
  c.setEncoding("utf8"); c.setTimeout(0);
  c.addListener("connect", function () { self.send("NICK", nick); self.send("USER", nick, "0", "*", ":real"); });
  c.addListener("receive", function (chunk) {
    buffer += chunk;
    while (buffer) { var at = buffer.indexOf("\r\n"); if (at < 0) break; var line = buffer.slice(0, at); buffer = buffer.slice(at + 2); self.receive(line); }
  });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", function (e) { self.emit("disconnect", e); });
}
process.inherits(Client, process.EventEmitter);
Client.prototype.send = function () { this.connection.send(Array.prototype.join.call(arguments, " ") + "\r\n", "utf8"); };
Client.prototype.receive = function (line) {
  var m = line.match(/^(?::(\S+) )?(\S+)(?: (?!:)(.+?))?(?: :(.+))?$/);
  this.emit(m[2], m[1] && m[1].split("!")[0], m[3], m[4]);
  this.emit("raw", line);
};
var bot = new Client(port, "localhost", "bot"), raws = 0;
bot.addListener("raw", function () { raws++; });
bot.addListener("PING", function (from, a, text) { sys.puts("ping " + text); this.send("PONG", ":" + text); });
bot.addListener("NOTICE", function (from, to, text) { sys.puts("notice " + from + " " + to + " " + text); bot.send("JOIN", "#chan"); });
bot.addListener("JOIN", function (who, chan) { sys.puts(who + " joins " + chan); });
var said = 0;
bot.addListener("PRIVMSG", function (who, chan, text) { sys.puts("<" + who + "> " + text); if (++said < 3) bot.send("PRIVMSG", chan, ":said " + said); else bot.send("QUIT"); });
bot.addListener("ERROR", function (a, b, text) { sys.puts("error " + text); });
bot.addListener("disconnect", function (e) { sys.puts("disconnect " + e + " " + raws); server.close(); });
