// The message is the original's; the stack also names the call, the argument, and what it must be.
var sys = require("sys"), posix = require("posix"), tcp = require("tcp"), http = require("http"), dns = require("dns");
var assert = require("assert"), file = require("file"), child = process.createChildProcess("true");
function attempt(f) {
  try { f(); sys.puts("did not throw: " + f); } catch (e) {
    var lines = e.stack.split("\n");
    sys.puts(e.name + ": " + e.message + (/^    at/.test(lines[1]) ? "" : "\n" + lines[1]));
    if (lines.join().indexOf(__filename) < 0) sys.puts("does not tell where");
  }
}
[
  function () { posix.rename("a"); }, function () { posix.unlink(5); }, function () { posix.rmdir(null); },
  function () { posix.mkdir("a", "755"); }, function () { posix.open("a", 0); }, function () { posix.open("a", "r", 0); },
  function () { posix.open("a", 0.5, 0); }, function () { posix.close("0"); }, function () { posix.read(0, -1); },
  function () { posix.read(0); }, function () { posix.write({}, "x"); }, function () { posix.write(1, [1]); },
  function () { posix.sendfile(1); }, function () { posix.readdir(); }, function () { posix.stat([]); },
  function () { posix.cat(undefined, "utf8"); }, function () { posix.openSync("a", 0); }, function () { posix.statSync(1); },
  function () { process.chdir(); }, function () { process.umask("x"); }, function () { process.kill("1"); },
  function () { process.kill(process.pid, "TERM"); }, function () { process.compile("1"); }, function () { process._byteLength(1); },
  function () { process.watchFile(5, function () {}); }, function () { process.createChildProcess(5); },
  function () { process.createChildProcess("ls", "-l"); }, function () { child.kill("KILL"); }, function () { child.write([1]); },
  function () { process.stdio.write(); }, function () { process.stdio.write([1]); }, function () { process.emit(); },
  function () { process.inherits(5, Object); }, function () { sys.inherits(function () {}); }, function () { sys.exec(5); },
  function () { tcp.createConnection(); }, function () { tcp.createConnection(70000); }, function () { tcp.createServer().listen("x"); },
  function () { tcp.createServer().listen(1, "h", "x"); }, function () { http.createServer().listen(); }, function () { http.createClient(); },
  function () { http.createClient(1).request("POST", "/").sendBody({}); }, function () { http.createClient(1).request(5); },
  function () { dns.resolve4(5); }, function () { dns.resolve6(); }, function () { dns.reverse(); }, function () { dns.reverse("1.2.3.400"); },
  function () { assert.throws(5); }, function () { assert.doesNotThrow(); }, function () { new file.File("x", "rw"); },
  function () { clearTimeout(5); }, function () { require(5); }
].forEach(attempt);
posix.open(__filename, "r", 0);
