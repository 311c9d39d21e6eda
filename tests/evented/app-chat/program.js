// A chat server: names, everybody hears everybody, those who leave are told of.
var tcp = require("tcp"), sys = require("sys");
var port = Number(process.ENV.PORT), people = [];
Array.prototype.remove = function (e) { for (var i = 0; i < this.length; i++) if (this[i] === e) return this.splice(i, 1); };
function Client(connection) { this.name = null; this.connection = connection; this.buffer = ""; }
var server = tcp.createServer(function (socket) {
  var client = new Client(socket);
  people.push(client);
  socket.setTimeout(0); socket.setEncoding("utf8");
  socket.addListener("connect", function () { socket.send("Welcome, enter your username:\n"); });
  socket.addListener("receive", function (data) {
    client.buffer += data;
    var i;
    while ((i = client.buffer.indexOf("\n")) >= 0) {
      line(client.buffer.substr(0, i)); client.buffer = client.buffer.substr(i + 1);
    }
  });
  function line(text) {
    if (client.name === null) {
      client.name = text;
      socket.send("===========\n");
      return people.forEach(function (c) { if (c !== client) c.connection.send(client.name + " has joined.\n", "utf8"); });
    }
    var command = text.match(/^\/(.*)/);
    if (command) {
      if (command[1] === "users") people.forEach(function (c) { socket.send("- " + c.name + "\n", "utf8"); });
      else if (command[1] === "quit") socket.close();
      return;
    }
    people.forEach(function (c) { if (c !== client) c.connection.send(client.name + ": " + text + "\n", "utf8"); });
  }
  socket.addListener("eof", function () {
    people.remove(client);
    people.forEach(function (c) { c.connection.send(client.name + " has left.\n", "utf8"); });
    socket.close();
  });
});
server.listen(port);
function person(name, ready) {
  var c = tcp.createConnection(port), p = { log: "", waiting: null };
  c.setEncoding("utf8");
  c.addListener("receive", function (d) { p.log += d; if (p.waiting && p.log.indexOf(p.waiting[0]) >= 0) { var f = p.waiting[1]; p.waiting = null; f(); } });
  c.addListener("eof", function () { if (c.readyState !== "closed") c.close(); });
  p.say = function (t) { c.send(t + "\n", "utf8"); };
  p.until = function (t, f) { if (p.log.indexOf(t) >= 0) f(); else p.waiting = [t, f]; };
  p.connection = c;
  p.until("username:\n", function () { p.say(name); p.until("===\n", ready); });
  return p;
}
var a = person("ana", function () {
  var b = person("b\u00f6rn", function () {
    var c = person("cyd", function () {
      a.say("hello \u20ac"); c.until("hello", function () {
        b.say("/users"); b.until("- cyd\n", function () {
          b.connection.close(); c.until("has left.", function () {
            c.say("bye\npartial"); a.until("bye", function () {
              a.connection.close(); c.until("ana has left", function () {
                c.connection.close(); server.close();
                process.addListener("exit", function () {
                  [a, b, c].forEach(function (p) { sys.puts(JSON.stringify(p.log)); }); sys.puts(people.length);
                });
              });
            });
          });
        });
      });
    });
  });
});
