var sys = require("sys"), posix = require("posix");
function later(ms, how) {
  var p = new process.Promise();
  setTimeout(function () { how(p); }, ms);
  return p;
}
sys.puts(later(1, function (p) { p.emitSuccess(); }).wait());
sys.puts(later(1, function (p) { p.emitSuccess(7); }).wait());
sys.puts(later(1, function (p) { p.emitSuccess(1, 2); }).wait() instanceof Array);
try { later(1, function (p) { p.emitError("why"); }).wait(); } catch (e) { sys.puts(e); }
try { later(1, function (p) { p.emitError(); }).wait(); } catch (e) { sys.puts(e); }
try { new process.Promise().wait(); } catch (e) { sys.puts(e); }

// An earlier wait comes back after those inside it.
var outer = new process.Promise(), inner = new process.Promise();
setTimeout(function () {
  setTimeout(function () { outer.emitSuccess("outer"); sys.puts("outer has fired"); }, 1);
  setTimeout(function () { inner.emitSuccess("inner"); }, 20);
  sys.puts(inner.wait());
}, 1);
sys.puts(outer.wait());

// Many at once, one after the other.
var promises = [];
for (var i = 0; i < 100; i++) (function (i) {
  promises.push(later(100 - i, function (p) { p.emitSuccess(i); }));
})(i);
var sum = 0;
promises[0].addCallback(function (n) { sum += n; });
promises[0].wait();
sys.puts(sum);

// Inside each other.
var depth = 0;
function deeper(n) {
  var p = new process.Promise();
  setTimeout(function () {
    depth = Math.max(depth, n);
    if (n < 5) deeper(n + 1);
    p.emitSuccess(n);
  }, 0);
  return p.wait();
}
sys.puts(deeper(1) + " " + depth);
sys.puts(posix.stat("/").wait().isDirectory());
