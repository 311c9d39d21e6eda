// Messages at random, to a server and to a client: whatever comes, a connection comes to its end,
// a request has one outcome, and what is well formed arrives as it was sent.
var random = require("../../fuzz/random"), http = require("http"), tcp = require("tcp"), sys = require("sys");
var check = random.check, below = random.below, ports = [process.ENV.PORT, process.ENV.PORT2].map(Number), current, round;
process.addListener("uncaughtException", function (e) { check(false, e.stack || String(e), round, current); });

// Looks at all of a request, and answers with its body.
function look(request, response) {
  var uri = request.uri, full = uri.full, body = "", ends = 0;
  var query = /^[^#]*\?/.test(full) ? "?" + uri.queryString : "", fragment = full.indexOf("#") < 0 ? "" : "#" + uri.fragment;
  check(full.slice(-(uri.path + query + fragment).length || full.length) === uri.path + query + fragment, "the parts are not the whole", round, current);
  for (var name in uri.params) check(typeof uri.params[name] === "string", "a parameter is no string", round, current);
  for (name in request.headers) {
    check(/^[a-z][a-z0-9-]*$/.test(name) && typeof request.headers[name] === "string", "a header that is none", round, current);
    check(!/[\r\n]/.test(request.headers[name]), "a line end in a header", round, current);
  }
  check(/^[A-Z]+$/.test(request.method) && /^\d\.\d$/.test(request.httpVersion), "no method, or no version", round, current);
  request.addListener("body", function (chunk) { body += chunk; check(chunk !== "" && ends === 0, "a body that is none", round, current); });
  // What was never sent to its end would keep the connection until it times out.
  request.connection.addListener("eof", function () { if (ends === 0) request.connection.forceClose(); });
  request.addListener("complete", function () {
    check(++ends === 1, "two ends", round, current);
    response.sendHeader(200, [["Content-Length", body.length]]);
    response.sendBody(body, "binary");
    response.finish();
  });
}
var server = http.createServer(look);
server.listen(ports[0], "127.0.0.1");

// Mutated requests, in a few pieces.
var requests = random.corpus("requests");
function send(pieces, done) {
  var c = tcp.createConnection(ports[0]), answer = "";
  c.addListener("connect", function () {
    (function next() {
      if (c.readyState !== "open") return;
      c.send(pieces.shift(), "binary");
      if (pieces.length === 0) return c.close();
      setTimeout(next, 0);
    })();
  });
  c.addListener("receive", function (data) { answer += data; });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", function () { done(answer); });
}
function mutated(done) {
  if (--round < 0) return done();
  current = random.mutate(requests);
  send(random.cut(current, 3), function (answer) {
    check(answer === "" || /^HTTP\/1\.1 200 OK\r\n/.test(answer), "an answer that is none: " + answer, round, current);
    mutated(done);
  });
}

// Mutated responses: the request ends with its answer, or with an error of the client.
var responses = random.corpus("responses"), bad = tcp.createServer(function (socket) {
  socket.addListener("receive", function () {
    if (socket.readyState !== "open") return;
    socket.send(current, "binary");
    socket.close();
  });
  socket.addListener("eof", function () { socket.close(); });
});
bad.listen(ports[1], "127.0.0.1");
function answered(done) {
  if (--round < 0) return done();
  current = random.mutate(responses);
  var client = http.createClient(ports[1]), outcomes = 0;
  function outcome() { check(++outcomes === 1, "two outcomes", round, current); }
  client.addListener("error", outcome);
  client.addListener("close", function () {
    check(outcomes === 1, "no outcome", round, current);
    answered(done);
  });
  client.request("GET", "/").finish(function (response) {
    check(response.statusCode >= 0 && typeof response.headers === "object", "no status", round, current);
    response.addListener("complete", outcome);
  });
}

// Well-formed bodies both ways, as chunks of any size or with their length.
function echoed(done) {
  if (--round < 0) return done();
  var pieces = [], headers = {}, seen = "";
  for (var n = below(5); n > 0; n--) pieces.push(random.text(1 + below(below(2) ? 100 : 20000)));
  var whole = current = pieces.join("");
  if (below(2)) headers["Content-Length"] = whole.length;
  var client = http.createClient(ports[0]), request = client.request("POST", "/", headers);
  pieces.forEach(function (piece) { request.sendBody(piece, "binary"); });
  request.finish(function (response) {
    response.addListener("body", function (chunk) { seen += chunk; });
    response.addListener("complete", function () { check(seen === whole, "not what was sent", round, seen.length); });
  });
  client.addListener("close", function () { echoed(done); });
}

round = random.rounds(1500);
mutated(function () {
  round = random.rounds(800);
  answered(function () {
    round = random.rounds(200);
    echoed(function () {
      server.close();
      bad.close();
      sys.puts("done");
    });
  });
});
