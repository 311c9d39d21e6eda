// What wait() gives or throws, and what cancel(), emitCancel() and timeout() leave.
var sys = require("sys");
function P() { return new process.Promise(); }
function later(f, ms) { setTimeout(f, ms || 1); }
// wait() gives back none, one, many.
var a = P(), b = P(), c = P();
later(function () { a.emitSuccess(); b.emitSuccess(0); c.emitSuccess(1, undefined, "x"); });
sys.puts(a.wait());
// b and c have fired while a waited: too late for them.
["b", "c"].forEach(function (n) { try { ({ b: b, c: c })[n].wait(); sys.puts("no"); } catch (e) { sys.puts(n + " " + e.message); } });
b = P(); later(function () { b.emitSuccess(0); }); sys.puts(b.wait());
c = P(); later(function () { c.emitSuccess(1, undefined, "x"); }); sys.puts(JSON.stringify(c.wait()));
// errors: the first argument, whatever it is
[["a string", 2], [new TypeError("typed")], [{ code: 3 }], [0], [""], [], [null]].forEach(function (args) {
  var p = P();
  later(function () { p.emitError.apply(p, args); });
  try { p.wait(); sys.puts("no"); } catch (e) { sys.puts(typeof e + " " + (e.message || JSON.stringify(e))); }
});
// cancelled while waiting
var p = P();
p.addCancelback(function () { sys.puts("cancelback " + arguments.length); });
later(function () { p.cancel(); });
try { p.wait(); } catch (e) { sys.puts(e.message); }
// timeout while waiting
p = P(); p.timeout(2);
try { p.wait(); } catch (e) { sys.puts((e instanceof Error) + " " + e.message); }
// cancel drops what is there; what comes later is called
p = P();
p.addCallback(function () { sys.puts("dropped"); });
p.cancel();
p.addCallback(function (v) { sys.puts("afterwards " + v); });
p.emitSuccess("v");
// emitCancel: success may still come
p = P();
p.addCancelback(function (x) { sys.puts("emitCancel " + x); }).addCallback(function (x) { sys.puts("still " + x); });
p.emitCancel(1); p.emitCancel(2); p.emitSuccess(3); p.emitSuccess(4);
sys.puts(p.hasFired);
// a timeout set twice starts again with the new time; a fired one is silent
p = P(); p.timeout(60000); p.timeout(1); sys.puts(p.timeout());
p.addErrback(function (e) { sys.puts("timed out: " + e.message); p.emitSuccess("late"); })
 .addCallback(function () { sys.puts("never"); });
try { p.wait(); } catch (e) { sys.puts("thrown " + e.message); }
// cancel() ends the timeout, so that the program ends too
p = P(); p.timeout(600000); p.cancel();
p = P(); p.timeout(600000); p.emitSuccess();
p = P(); p.timeout(600000); p.emitCancel();
// inherits
function Job() { process.Promise.call(this); } process.inherits(Job, process.Promise);
var j = new Job(); later(function () { j.emitSuccess("job"); }); sys.puts(j.wait());
sys.puts(j instanceof process.Promise && j instanceof process.EventEmitter && Job.super_ === process.Promise);
