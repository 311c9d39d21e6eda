// Programs of that time extend the prototypes with what was missing then, each in its own way.
String.prototype.startsWith = function (start) { return this.indexOf(start) === 0; };
String.prototype.trim = function () { return this.replace(/^\s+|\s+$/g, ""); };
Array.prototype.map = function (f) { var all = []; for (var i = 0; i < this.length; i++) all.push(f(this[i])); return all; };
Array.prototype.find = function (item) { return this.indexOf(item) >= 0; };
Array.prototype.last = function () { return this[this.length - 1]; };
Object.prototype.extend = function (from) { for (var name in from) this[name] = from[name]; return this; };
Object.create = function (parent) { function F() {} F.prototype = parent; return new F(); };
process.mixin(GLOBAL, process);

var sys = require("sys"), http = require("http"), multipart = require("multipart"), posix = require("posix");
var emitter = new EventEmitter();
sys.puts(String(emitter.emit("toString")) + " " + emitter.emit("extend"));
var data = '--a\r\nContent-Disposition: form-data; name="field"\r\n\r\nvalue\r\n--a--';
multipart.parse({boundary: "--a", data: data}).addCallback(function (parts) {
  sys.puts(parts.field);
  sys.puts(sys.exec("echo from a child").wait()[0] + posix.stat("/").wait().isDirectory());
  serve();
});
function serve() {
  var server = http.createServer(function (request, response) {
    response.sendHeader(200, [["X-Query", request.uri.params.a]]);
    response.sendBody(request.method + " " + request.headers.Host);
    response.finish();
    server.close();
  });
  server.listen(Number(process.ENV.PORT), "127.0.0.1");
  http.cat("http://127.0.0.1:" + process.ENV.PORT + "/?a=b").addCallback(function (body) {
    sys.puts(body);
  });
}
