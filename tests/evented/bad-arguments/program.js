// Wrong types everywhere: an exception that names what is wrong, never anything worse.
var sys = require("sys"), names = [];
var modules = ["posix", "path", "sys", "tcp", "http", "dns", "uri", "file", "assert", "multipart"];
var values = [undefined, null, 5, -1, NaN, Infinity, "x", "\0", "\ud800", {}, [], [1], true, function () {}, Object.create(null)];
var skip = /^(fail|ok|equal|deepEqual|strictEqual|notEqual|notDeepEqual|notStrictEqual|puts|print|debug|error|p|exec|doesNotThrow|throws)$/;
process.addListener("uncaughtException", function (e) { if (!(e instanceof Error)) sys.puts("uncaught " + e); });
process.chdir(process.ENV.TMP);
var calls = 0;
modules.forEach(function (name) {
  var module = require(name);
  for (var key in module) {
    if (typeof module[key] !== "function" || skip.test(key) || /^[A-Z]/.test(key)) continue;
    if (/^(readSync|read|close|closeSync|sendfile|sendfileSync|write|writeSync)$/.test(key) && name === "posix") continue;
    values.forEach(function (a) {
      values.forEach(function (b) {
        calls++;
        try {
          var r = module[key](a, b);
          if (r && typeof r.forceClose === "function") r.forceClose();
          if (r && typeof r.close === "function" && r.listen) r.close();
        } catch (e) {
          if (!(e instanceof Error)) sys.puts(name + "." + key + " throws " + e);
          else if (/internal error/.test(e.message)) sys.puts(name + "." + key + " " + e.message);
        }
      });
    });
  }
});
["chdir", "umask", "kill", "compile", "mixin", "createChildProcess", "watchFile", "unwatchFile", "_byteLength"].forEach(function (key) {
  values.forEach(function (a) {
    if (key === "kill" && typeof a === "number") return;
    values.forEach(function (b) {
      try { process[key](a, b); } catch (e) { if (!(e instanceof Error)) sys.puts(key + " throws " + e); }
    });
  });
});
sys.puts(calls > 1000);
process.exit(0);
