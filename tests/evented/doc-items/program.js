// Every function and every property that the document names is there, on the object that it says.
var sys = require("sys"), tcp = require("tcp"), http = require("http"), posix = require("posix"), missing = [], count = 0;
function has(where, object, names, type) {
  names.split(" ").forEach(function (name) {
    count++;
    if (object === null || object === undefined || typeof object[name] !== (type || "function")) missing.push(where + "." + name);
  });
}
has("GLOBAL", GLOBAL, "GLOBAL process", "object");
has("GLOBAL", GLOBAL, "setTimeout clearTimeout setInterval clearInterval");
has("module", { require: require }, "require");
has("require", require, "paths", "object");
has("module", { __filename: __filename }, "__filename", "string");
has("module", module, "exports", "object");
if (!(module instanceof process.Module) || module.exports !== exports || this !== exports) missing.push("process.Module");

has("process", process, "ARGV ENV stdio", "object");
has("process", process, "pid O_CREAT SIGINT SIGUSR1 SIGTERM", "number");
has("process", process, "platform", "string");
has("process", process, "memoryUsage exit cwd chdir umask kill watchFile unwatchFile compile mixin createChildProcess " +
  "addListener removeListener listeners emit EventEmitter Promise ChildProcess");
has("process.memoryUsage()", process.memoryUsage(), "rss vsize heapTotal heapUsed", "number");
has("process.EventEmitter.prototype", process.EventEmitter.prototype, "addListener removeListener listeners emit");
has("process.Promise.prototype", process.Promise.prototype,
  "addCallback addErrback addCancelback emitSuccess emitError emitCancel cancel timeout wait");
has("process.stdio", process.stdio, "open write writeError close");
has("sys", sys, "puts print debug inspect exec");
var child = process.createChildProcess("true");
has("child", child, "write close kill");
has("child", child, "pid", "number");
if (!(child instanceof process.ChildProcess && child instanceof process.EventEmitter)) missing.push("process.ChildProcess");

has("posix", posix, "rename stat unlink rmdir mkdir readdir close open write read cat Stats");
var stats = posix.stat(__filename).wait();
has("stats", stats, "isFile isDirectory isBlockDevice isCharacterDevice isSymbolicLink isFIFO isSocket");
has("stats", stats, "dev ino mode nlink uid gid rdev size blksize blocks", "number");
has("stats", stats, "atime mtime ctime", "object");
if (!(stats instanceof posix.Stats)) missing.push("posix.Stats");

has("tcp", tcp, "createServer createConnection Server Connection");
has("tcp.Server.prototype", tcp.Server.prototype, "setSecure listen close");
has("tcp.Connection.prototype", tcp.Connection.prototype, "connect setEncoding send close forceClose readPause readResume " +
  "setTimeout setNoDelay verifyPeer getPeerCertificate");
has("tcp.Connection", new tcp.Connection(), "readyState", "string");
has("http", http, "createServer createClient Server ServerResponse Client ClientRequest");
has("http.Server.prototype", http.Server.prototype, "setSecure listen close");
has("http.Client.prototype", http.Client.prototype, "request setSecure");
has("dns", require("dns"), "resolve4 resolve6 reverse");
has("dns", require("dns"), "TEMPFAIL PROTOCOL NXDOMAIN NODATA NOMEM BADQUERY", "number");
has("assert", require("assert"), "fail ok equal notEqual deepEqual notDeepEqual strictEqual notStrictEqual throws doesNotThrow");
has("multipart", require("multipart"), "parse Stream");
has("repl", require("repl"), "start");
has("repl", require("repl"), "scope", "object");

var server = http.createServer(function (request, response) {
  has("request", request, "method httpVersion", "string");
  has("request", request, "uri headers connection", "object");
  has("request.uri", request.uri, "full path queryString fragment", "string");
  has("request.uri", request.uri, "params", "object");
  has("request", request, "setBodyEncoding pause resume");
  has("response", response, "sendHeader sendBody finish");
  has("connection", request.connection, "remoteAddress", "string");
  response.sendHeader(200, {});
  response.finish();
  server.close();
});
server.addListener("connection", function (connection) {
  if (!(connection instanceof tcp.Connection)) missing.push("http.Connection");
});
server.addListener("close", function (errno) { sys.puts("close " + errno); });
server.listen(Number(process.ENV.PORT), "localhost");
var client = http.createClient(Number(process.ENV.PORT), "localhost"), request = client.request("/");
has("client request", request, "sendBody finish");
request.addListener("response", function (response) {
  has("client response", response, "statusCode", "number");
  has("client response", response, "httpVersion", "string");
  has("client response", response, "headers", "object");
  has("client response", response, "setBodyEncoding pause resume");
  if (response.client !== client) missing.push("response.client");
});
request.finish();

var stream = new (require("multipart").Stream)({ boundary: "--x", data: "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nc\r\n--x--" });
has("stream", stream, "bytesTotal bytesReceived", "number");
stream.addListener("part", function (part) { has("part", part, "name filename", "string"); });
process.addListener("exit", function () { sys.puts(count + " items" + (missing.length ? ", missing: " + missing.join(", ") : "")); });
