var tcp = require("tcp"), sys = require("sys");
var port = Number(process.ENV.PORT), log = { server: [], client: [] };
function note(text) { log[/^(server|listener)/.test(text) ? "server" : "client"].push(text); }
process.addListener("exit", function () { sys.puts(log.client.concat(log.server).join("\n")); });
var server = tcp.createServer(function (socket) {
  note("server " + socket.readyState + " " + socket.remoteAddress + " " + (socket.server === server) + " " + (typeof socket.fd));
  socket.setEncoding("utf8");
  socket.addListener("connect", function () { socket.send("hello\r\n"); });
  socket.addListener("receive", function (data) { socket.send(data, "utf8"); });
  socket.addListener("eof", function () {
    note("server eof " + socket.readyState);
    socket.send("goodbye\r\n");
    socket.close();
    note("server " + socket.readyState);
  });
  socket.addListener("close", function (had_error) { note("server close " + had_error); server.close(); });
});
server.addListener("close", function (errno) { note("listener close " + errno); });
server.listen(port, "localhost");
var client = tcp.createConnection(port), seen = "";
note(client.readyState + " " + client.setEncoding("UTF8"));
try { client.send("x"); } catch (e) { note(e.message); }
try { client.connect(port); } catch (e) { note(e.message); }
client.addListener("connect", function () {
  note("client " + client.readyState);
  client.setNoDelay();
  note(client.send("grüße", "utf8"));
});
client.addListener("receive", function (data) {
  seen += data;
  if (seen === "hello\r\ngrüße" && client.readyState === "open") {
    client.close();
    note("client " + client.readyState);
    try { client.send("x"); } catch (e) { note(e.message); }
  }
});
client.addListener("eof", function () { note(JSON.stringify(seen)); });
client.addListener("close", function (had_error, text) { note("client close " + had_error + " " + text + " " + client.readyState); });
try { tcp.createConnection(); } catch (e) { note(e.message); }
try { tcp.createServer().listen(); } catch (e) { note(e.message); }
try { tcp.createServer().listen(port, null, "x"); } catch (e) { note(e.message); }
