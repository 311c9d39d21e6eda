// Walks a tree with wait() and again with promises; both find the same.
var posix = require("posix"), path = require("path"), sys = require("sys");
var root = process.ENV.TMP + "/tree";
function touch(p, text) { var fd = posix.open(p, process.O_WRONLY | process.O_CREAT, 0600).wait(); if (text) posix.write(fd, text).wait(); posix.close(fd).wait(); }
(function make(dir, depth) { posix.mkdir(dir, 0755).wait(); for (var i = 0; i < 3; i++) { touch(path.join(dir, "f" + i), new Array(depth * 10 + i + 1).join("x")); if (depth < 2) make(path.join(dir, "d" + i), depth + 1); } })(root, 0);
function walk(dir, visit) {
  posix.readdir(dir).wait().sort().forEach(function (n) {
    var p = path.join(dir, n), s = posix.stat(p).wait();
    if (s.isDirectory()) walk(p, visit); visit(p, s);
  });
}
var files = 0, bytes = 0, dirs = 0;
walk(root, function (p, s) { if (s.isFile()) { files++; bytes += s.size; } else dirs++; });
sys.puts([files, bytes, dirs].join());
function all(promises) {
  var done = new process.Promise(), left = promises.length, out = [];
  if (!left) setTimeout(function () { done.emitSuccess(out); }, 0);
  promises.forEach(function (p, i) { p.addCallback(function (v) { out[i] = v; if (--left === 0) done.emitSuccess(out); }).addErrback(function (e) { done.emitError(e); }); });
  return done;
}
function size(p) {
  var result = new process.Promise();
  posix.stat(p).addErrback(function (e) { result.emitError(e); }).addCallback(function (s) {
    if (s.isFile()) return result.emitSuccess(s.size);
    posix.readdir(p).addCallback(function (names) {
      all(names.map(function (n) { return size(path.join(p, n)); })).addCallback(function (sizes) { result.emitSuccess(sizes.reduce(function (a, b) { return a + b; }, 0)); }).addErrback(function (e) { result.emitError(e); });
    });
  });
  return result;
}
sys.puts(size(root).wait());
try { size(root + "/none").wait(); } catch (e) { sys.puts(e.message); }
(function remove(p) { if (!posix.stat(p).wait().isDirectory()) return posix.unlink(p).wait(); posix.readdir(p).wait().forEach(function (n) { remove(path.join(p, n)); }); posix.rmdir(p).wait(); })(root);
path.exists(root, function (yes) { sys.puts(yes); path.exists("/", function (yes) { sys.puts(yes); }); });
