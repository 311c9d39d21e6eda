// forceClose: what waits is dropped, no event but "close" follows, and the other side sees an end.
var tcp = require("tcp"), sys = require("sys"), port = Number(process.ENV.PORT);
var log = [], size = 16 << 20, got = 0, left = 3, paused;
var server = tcp.createServer(function (socket) {
  // The second may come or not.
  if (paused) return socket.forceClose();
  paused = socket;
  socket.readPause();
  socket.addListener("receive", function (data) { got += data.length; });
  socket.addListener("eof", function () { socket.close(); });
  socket.addListener("close", function () {
    log.push("server lost " + (got < size));
    done();
  });
});
server.listen(port, "127.0.0.1");
function done() {
  if (--left > 0) return;
  server.close();
  sys.puts(log.sort().join("\n"));
}
function states(name, c) {
  c.forceClose();
  var sent;
  try { c.send("more"); } catch (e) { sent = e.message; }
  log.push(name + " " + c.readyState + ", " + sent);
  c.forceClose();
}
// With data that the other side does not take.
var full = tcp.createConnection(port);
full.addListener("connect", function () {
  full.send(new Array(size + 1).join("x"));
  states("full", full);
  ["receive", "eof", "drain", "timeout"].forEach(function (name) {
    full.addListener(name, function () { log.push("full " + name + " after forceClose"); });
  });
});
full.addListener("close", function (had_error) {
  log.push("full close " + had_error + " " + full.readyState);
  paused.readResume();
  // While it connects, and inside its own event.
  var early = tcp.createConnection(port);
  early.addListener("connect", function () { log.push("early connect"); });
  early.addListener("close", function (had_error) { log.push("early close " + had_error); done(); });
  states("early", early);
  var never = new tcp.Connection();
  states("never", never);
  log.push("never close");
  done();
});
