// A room of WebSockets: handshakes whole and in pieces, texts in any pieces, clients that leave in
// every way, and one that speaks something else.
var sys = require("sys"), tcp = require("tcp"), ws = require("./websocket"), port = Number(process.ENV.PORT);
var room = {}; room.self = room; // a circle in the options does no harm
var server = ws.createServer({ origins: ["http://here"], room: room });
sys.puts(server.options.origins + " " + (server.options.room.self === server.options.room));
// What happens on either side of a talk, in no order.
var seen = [];
server.addListener("connection", function (client) {
  seen.push("+ " + client.resource + " " + client.headers.origin + " " + client.socket.remoteAddress);
  client.addListener("message", function (text) {
    if (text === "who") client.write(String(server.manager.length > 0));
    else if (text === "ping") client.ping(3);
    else if (text === "bye") client.close();
    else client.write("echo " + text);
  });
  client.addListener("error", function (what) { seen.push("error " + what); });
  client.addListener("close", function (failed) { seen.push("- " + client.resource + " " + failed); over(); });
});
server.listen(port, "127.0.0.1");
var HELLO = "GET {path} HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: here:1\r\nOrigin: http://here\r\n\r\n";
// Sends pieces one after the other; a number waits until so many frames have come back.
var over;
function speak(path, pieces, done, hello) {
  var c = tcp.createConnection(port, "127.0.0.1"), got = "", all = [(hello || HELLO).replace("{path}", path)].concat(pieces);
  var left = path[0] === "/" ? 2 : 1, waiting = false;
  over = function () {
    if (--left > 0) return;
    seen.sort().forEach(function (line) { sys.puts(line); });
    seen = [];
    done();
  };
  function next() {
    var piece = all[0];
    waiting = typeof piece === "number" && got.split("\u00ff").length <= piece;
    if (waiting || piece === undefined) return;
    all.shift();
    if (typeof piece === "function") piece(c); else if (typeof piece === "string") c.send(piece, "binary");
    setTimeout(next, 0);
  }
  c.setEncoding("binary");
  c.addListener("connect", next);
  c.addListener("receive", function (data) { got += data; if (waiting) next(); });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", function () {
    var frames = got.replace(/^[\s\S]*?\r\n\r\n/, "");
    seen.push(path + ": " + got.split("\r\n")[0].replace(/\0$/, "") + " | " + decodeURIComponent(escape(frames.split("\u00ff").join("|").replace(/\0/g, ""))));
    over();
  });
}
function utf8(text) { return unescape(encodeURIComponent(text)); }
function frame(text) { return "\0" + utf8(text) + "\u00ff"; }
var end = function (c) { if (c.readyState === "open") c.close(); };
var talks = [
  ["/whole", [frame("hello"), frame("who"), frame("a") + frame("b"), 4, end]],
  ["/pieces", ["\0hel", "lo\u00ff\0x", "\u00ff", utf8("\0\u20ac").slice(0, 2), utf8("\0\u20ac").slice(2) + "\u00ff", 3, end]],
  ["/bye", [frame("bye")]],
  ["/ping", [frame("ping"), 1, frame("ping"), 2, end]],
  ["/bad", ["\u0080binary\u00ff"]],
  ["/half", [frame("here"), 1, "\0never ended", function (c) { c.forceClose(); }]],
  ["/slow", [HELLO.slice(30).replace("{path}", "/slow"), frame("late"), 1, end], HELLO.slice(0, 30)]
];
(function next() {
  var talk = talks.shift();
  if (talk) return speak(talk[0], talk[1], next, talk[2]);
  speak("plain", [], function () {
    speak("policy", [], function () {
      crowd();
    }, "<policy-file-request/>\0");
  }, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
})();
// Many at once; each hears the others.
function crowd() {
  over = function () {};
  var N = 20, heard = 0, left = 0, ready = 0, members = [];
  for (var i = 0; i < N; i++) (function (i) {
    var c = tcp.createConnection(port, "127.0.0.1"), text = "";
    members.push(c);
    c.setEncoding("utf8");
    c.addListener("connect", function () { c.send(HELLO.replace("{path}", "/crowd"), "ascii"); });
    c.addListener("receive", function (data) {
      var before = text; text += data;
      if (before.indexOf("\r\n\r\n") < 0 && text.indexOf("\r\n\r\n") >= 0 && ++ready === N) sys.puts("sent to " + server.broadcast("to all"));
      if (/to all/.test(text) && !/to all/.test(before)) { if (++heard === N) members.forEach(function (m) { m.close(); }); }
    });
    c.addListener("close", function () { if (++left === N) { sys.puts("crowd heard " + heard); (function settle() { if (server.manager.length > 0) return setTimeout(settle, 1); sys.puts("the room is empty"); server.close(); })(); } });
  })(i);
}
