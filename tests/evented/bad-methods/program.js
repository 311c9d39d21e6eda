// Wrong types to every method of every object, while it is new, in use and over: an Error at most,
// and the program goes on.
var sys = require("sys"), tcp = require("tcp"), http = require("http"), file = require("file"), multipart = require("multipart");
var port = Number(process.ENV.PORT), calls = 0, wrong = {};
var values = [undefined, null, -1, 1.5, NaN, Infinity, 1e300, "", "x", "\0", "\ud800", {}, [], [1, "x"], true, function () {},
  Object.create(null), { toString: function () { throw new Error("no text"); } }, { get a() { throw new Error("no a"); } }, new Date(NaN), /x/];
// An Error that a value threw by itself, or that a call made, is what is expected; one that tells of
// the inside of the program says nothing to who made the call.
process.addListener("uncaughtException", function (e) { note("uncaught", e); });
function note(name, e) { if (!(e instanceof Error) || /internal|assertion failed|Cannot (read|set) prop|is not a function|is not iterable/i.test(e.message)) wrong[name + ": " + e] = 1; }
function attempt(name, object, method, args) {
  calls++;
  try { object[method].apply(object, args); } catch (e) { note(name + "." + method, e); }
}
// What would end the program, wait for ever, or is told apart by who it is called on.
var SKIP = /^(constructor|wait|_.*|emit)$/;
function methods(object) {
  var names = [];
  for (var name in object) if (typeof object[name] === "function" && !SKIP.test(name) && !/^[A-Z]/.test(name)) names.push(name);
  return names;
}
function abuse(name, make, after) {
  methods(make()).forEach(function (method) {
    values.forEach(function (a) {
      var object = make();
      attempt(name, object, method, [a]);
      attempt(name, object, method, [a, a]);
      attempt(name, object, method, [values[calls % values.length], a, values[calls % 7]]);
      attempt(name, object, method, []);
      if (after) after(object);
    });
  });
}
process.chdir(process.ENV.TMP);
function close(object) { try { object.forceClose ? object.forceClose() : object.close(); } catch (e) {} }
abuse("emitter", function () { return new process.EventEmitter(); });
abuse("promise", function () { return new process.Promise(); }, function (p) { p.cancel(); });
abuse("timer", function () { return new process.Timer(); }, function (t) { t.stop(); });
abuse("stats", function () { return require("posix").statSync("/"); });
abuse("tcp server", function () { return tcp.createServer(); }, close);
abuse("http server", function () { return http.createServer(); }, close);
abuse("connection", function () { return new tcp.Connection(); }, close);
abuse("client", function () { return http.createClient(port); }, close);
abuse("client request", function () { return http.createClient(port).request("/"); }, function (r) { close(r._client); });
abuse("form", function () { return new multipart.Stream({ boundary: "--x", data: "" }); });
abuse("file", function () { return new file.File("file", "w+"); }, function (f) { f.addListener("error", function () {}); f.close(); });
abuse("timers", function () { return { setTimeout: setTimeout, setInterval: setInterval, clearTimeout: clearTimeout, clearInterval: clearInterval }; });
var child = process.createChildProcess("cat");
values.forEach(function (a) {
  ["write", "kill"].forEach(function (method) {
    if (method === "kill" && typeof a === "number") return;
    if (method === "kill" && a === undefined) return;
    attempt("child", child, method, [a]);
    attempt("child", child, method, [a, a]);
  });
});
child.close();

// In use: a request with its response, and their connection.
var rounds = 0, server = http.createServer(function (request, response) {
  var objects = { request: request, response: response, connection: request.connection }, names = Object.keys(objects);
  var name = names[rounds % 3], object = objects[name], list = methods(object);
  var method = list[Math.floor(rounds / 3) % list.length];
  values.forEach(function (a) {
    attempt(name, object, method, [a]);
    attempt(name, object, method, [a, a]);
  });
  request.connection.forceClose();
});
server.listen(port, "127.0.0.1");
(function next() {
  if (++rounds > 100) {
    server.close();
    process.addListener("exit", function () { sys.puts(Object.keys(wrong).join("\n") + (calls > 5000)); });
    return setTimeout(function () { process.exit(0); }, 50);
  }
  var c = tcp.createConnection(port);
  c.addListener("connect", function () { c.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"); });
  c.addListener("eof", function () { c.close(); });
  c.addListener("close", next);
})();
