// Waits inside waits come back from the inside out, whoever is settled first.
var sys = require("sys");
function P() { return new process.Promise(); }
var outer = P(), inner = P(), log = [];
// The outer one is settled first, but comes back after the inner one.
setTimeout(function () {
  log.push("timer");
  setTimeout(function () { log.push("outer settled"); outer.emitSuccess("O"); }, 1);
  setTimeout(function () { log.push("inner settled"); inner.emitSuccess("I"); }, 5);
  log.push("inner back " + inner.wait());
}, 1);
log.push("outer back " + outer.wait());
sys.puts(log.join("\n"));
// The other way round: the inner first.
log = []; outer = P(); inner = P();
setTimeout(function () {
  setTimeout(function () { inner.emitSuccess("I"); }, 1);
  log.push(inner.wait());
  setTimeout(function () { outer.emitSuccess("O"); }, 1);
}, 1);
log.push(outer.wait());
sys.puts(log.join());
// The inner one fails, and is caught inside.
log = []; outer = P();
setTimeout(function () {
  var p = P();
  setTimeout(function () { p.emitError(new Error("inside")); }, 1);
  try { p.wait(); } catch (e) { log.push(e.message); }
  outer.emitSuccess("fine");
}, 1);
log.push(outer.wait());
sys.puts(log.join());
// Both settled by one event.
log = []; outer = P(); inner = P();
setTimeout(function () {
  setTimeout(function () { outer.emitSuccess("O"); inner.emitSuccess("I"); }, 1);
  log.push(inner.wait());
}, 1);
log.push(outer.wait());
sys.puts(log.join());
// Listeners that were added before wait() run before it returns, those after never see it.
log = []; var p = P();
p.addCallback(function (v) { log.push("before " + v); });
setTimeout(function () { p.emitSuccess("v"); log.push("emitSuccess returned"); }, 1);
log.push("wait " + p.wait());
p.addCallback(function () { log.push("never"); });
sys.puts(log.join(", "));
// Two waits on one promise at different levels.
log = []; p = P();
setTimeout(function () { log.push("in " + p.wait()); }, 1);
setTimeout(function () { p.emitSuccess("both"); }, 5);
log.push("out " + p.wait());
sys.puts(log.join(", "));
