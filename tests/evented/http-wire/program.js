// What is on the wire, byte for byte, for requests written by hand.
var tcp = require("tcp"), http = require("http"), sys = require("sys");
var port = Number(process.ENV.PORT);
var server = http.createServer(function (req, res) {
  var kind = req.uri.path.slice(1), body = "";
  req.addListener("body", function (c) { body += c; });
  req.addListener("complete", function () {
    switch (kind) {
      case "plain": res.sendHeader(200, { "Content-Type": "text/plain" }); res.sendBody("hi"); break;
      case "length": res.sendHeader(200, { "Content-Length": 2 }); res.sendBody("hi"); break;
      case "two": res.sendHeader(200); res.sendBody("one"); res.sendBody("two"); break;
      case "none": res.sendHeader(404, {}); break;
      case "pairs": res.sendHeader(200, [["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"], ["Content-Length", "0"]]); break;
      case "objpairs": res.sendHeader(200, { x: ["Set-Cookie", "a=1"], y: ["Set-Cookie", "b=2"], "content-length": 0 }); break;
      case "close": res.sendHeader(200, { "Connection": "close", "Content-Length": 1 }); res.sendBody("c"); break;
      case "te": res.sendHeader(200, { "transfer-encoding": "chunked" }); res.sendBody("é", "utf8"); res.sendBody(""); res.sendBody("é", "binary"); break;
      case "code": res.sendHeader(299, {}); res.sendBody("?"); break;
      case "moved": res.sendHeader(302, { Location: "/x", "Content-Length": 0 }); break;
      case "echo": res.sendHeader(200, { "Content-Length": body.length }); res.sendBody(body, "binary"); break;
      case "identity": res.sendHeader(200, { "Transfer-Encoding": "identity" }); res.sendBody("raw"); break;
    }
    res.finish();
  });
});
server.listen(port);
function ask(text, done) {
  var c = tcp.createConnection(port), got = "";
  c.addListener("connect", function () { c.send(text); });
  c.addListener("receive", function (d) { got += d; });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", function () { done(got); });
}
var cases = [];
["plain", "length", "two", "none", "pairs", "objpairs", "close", "te", "code", "moved", "identity"].forEach(function (k) {
  cases.push("GET /" + k + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
});
cases.push("GET /close HTTP/1.1\r\nHost: x\r\n\r\n");
cases.push("GET /plain HTTP/1.0\r\n\r\n");
cases.push("GET /length HTTP/1.0\r\n\r\n");
cases.push("GET /te HTTP/1.0\r\n\r\n");
cases.push("GET /length HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET /plain HTTP/1.0\r\n\r\n");
cases.push("GET /length HTTP/1.1\r\n\r\nGET /plain HTTP/1.1\r\n\r\nGET /close HTTP/1.1\r\n\r\n");
cases.push("POST /echo HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /close HTTP/1.1\r\n\r\n");
cases.push("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nGET /close HTTP/1.1\r\n\r\n");
cases.push("POST /echo HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
cases.push("HEAD /length HTTP/1.1\r\nConnection: close\r\n\r\n");
cases.push("POST /echo HTTP/1.1\r\nConnection: close\r\n\r\n");
cases.push("BREW /plain HTTP/1.1\r\n\r\n");
cases.push("GET * HTTP/1.1\r\n\r\n");
cases.push("GET /plain HTTP/1.1\r\nUnder_score: x\r\n\r\n");
cases.push("GET plain HTTP/1.1\r\n\r\n");
cases.push("GARBAGE\r\n\r\n");
cases.push("GET http://example.com/length HTTP/1.1\r\nConnection: close\r\n\r\n");
(function next() {
  var text = cases.shift();
  if (!text) return server.close();
  ask(text, function (got) { sys.puts(JSON.stringify(text.split("\r\n")[0]) + "\n  " + JSON.stringify(got)); next(); });
})();
