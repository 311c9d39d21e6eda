// Names that were free then are a program's own, and so are the timers: tests put others in their place.
var sys = require("sys"), http = require("http"), tcp = require("tcp"), posix = require("posix"), multipart = require("multipart");
var later = setTimeout, pending = [];
["Map", "Set", "Promise", "Symbol", "Proxy", "Reflect", "WeakMap", "BigInt", "Intl", "globalThis", "ArrayBuffer", "Uint8Array"].forEach(function (name) {
  GLOBAL[name] = function () { throw new Error(name + " is mine"); };
});
setTimeout = setInterval = function (f) { pending.push(f); return pending.length; };
clearTimeout = clearInterval = function (id) { pending[id - 1] = null; };
setTimeout(function () { sys.puts("when the test says so"); }, 1000);
var port = Number(process.ENV.PORT), done = new process.Promise();
try { new process.Promise().timeout(1).wait(); } catch (e) { sys.puts(e.message); }
sys.puts(posix.stat("/").timeout(60000).wait().isDirectory());
sys.puts(multipart.parse({ boundary: "--a", data: '--a\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n--a--' }).wait().x);
require.async("path").addCallback(function (path) { sys.puts(path.join("a", "..", "b")); });
var server = http.createServer(function (request, response) {
  response.sendHeader(200, { "X-Agent": request.headers["USER-AGENT"], "X-None": request.headers.Nothing });
  response.sendBody(request.uri.params.q);
  response.finish();
});
server.listen(port);
server.addListener("close", function () { sys.puts("closed"); done.emitSuccess(); });
http.createClient(port).request("/?q=v", { "User-Agent": "old" }).finish(function (response) {
  var body = "";
  response.addListener("body", function (chunk) { body += chunk; });
  response.addListener("complete", function () { sys.puts(body + " " + response.headers["X-Agent"]); server.close(); });
});
done.wait();
var missing = process.createChildProcess("no-such-program"), watched = process.watchFile(__filename, function () {});
missing.addListener("exit", function (code) { sys.puts(code); process.unwatchFile(__filename); });
sys.puts(sys.inspect({ a: [1] }).length);
later(function () { pending.forEach(function (f) { f(); }); }, 1);
