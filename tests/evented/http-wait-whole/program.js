// The whole request is there before its listener waits for the body; output before a wait goes out.
var http = require("http"), tcp = require("tcp"), sys = require("sys");
var port = Number(process.ENV.PORT);
var server = http.createServer(function (request, response) {
  var done = new process.Promise(), body = "";
  request.addListener("body", function (chunk) { body += chunk; });
  request.addListener("complete", function () { done.emitSuccess(body); });
  response.sendHeader(200, {});
  response.sendBody("first ");
  var text = done.wait();
  response.sendBody("second ");
  // A promise that has fired is not waited for.
  if (!/second/.test(seen)) heard.wait();
  response.sendBody(text);
  response.finish();
  server.close();
});
server.listen(port);
var seen = "", heard = new process.Promise();
var client = tcp.createConnection(port);
client.addListener("connect", function () {
  client.send("POST / HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody");
});
client.addListener("receive", function (data) { seen += data; if (/second/.test(seen)) heard.emitSuccess(); });
client.addListener("eof", function () { client.close(); sys.puts(seen.split("\r\n\r\n")[1]); });
