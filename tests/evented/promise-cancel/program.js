// emitCancel asks the giver, who may still succeed; cancel() makes sure that nobody hears of it.
var sys = require("sys");
function promise(name) {
  var p = new process.Promise();
  p.addCallback(function (value) { sys.puts(name + " success " + value); });
  p.addErrback(function (e) { sys.puts(name + " error " + (e && e.message)); });
  p.addCancelback(function () { sys.puts(name + " cancel " + Array.prototype.slice.call(arguments)); });
  return p;
}
var p = promise("asked");
p.emitCancel(1, 2);
p.emitSuccess("all the same");

p = promise("cancelled");
p.timeout(10);
p.cancel();
p.emitSuccess("nobody hears");
p.addCallback(function () { sys.puts("late listener"); });
p.emitError(new Error("fired already"));

// A request to cancel stops the timeout, as the document says.
p = promise("timed");
p.timeout(10);
p.emitCancel();
setTimeout(function () { sys.puts("no timeout came"); }, 50);

// Fired twice, either way round.
p = promise("twice");
p.emitSuccess(1);
p.emitSuccess(2);
p.emitError(new Error("three"));
p = promise("error first");
p.emitError(new Error("one"));
p.emitSuccess(2);
