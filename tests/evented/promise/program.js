var sys = require("sys");
function show(name) { return function () { sys.puts(name + " " + Array.prototype.join.call(arguments, ",")); }; }
var p = new process.Promise();
sys.puts(p.addCallback(show("success")) === p && p.addErrback(show("error")) === p && p.addCancelback(show("cancel")) === p);
sys.puts(p.emitSuccess(1, 2));
p.emitSuccess(3);
p.emitError(4);
p.addCallback(show("never"));

p = new process.Promise();
p.addErrback(show("error"));
p.emitError("a", "b");

p = new process.Promise();
p.addCallback(show("no")).addErrback(show("no")).addCancelback(show("cancelled"));
p.cancel();
p.cancel();
p.emitSuccess();

p = new process.Promise();
sys.puts(p.timeout());
sys.puts(p.timeout(5) === p);
sys.puts(p.timeout());
p.addErrback(function (e) { sys.puts(e instanceof Error && e.message === "timeout"); });

p = new process.Promise();
p.timeout(1);
p.addErrback(show("not after success"));
p.emitSuccess();
new process.Promise().cancel();

// The event may come from emit() as well.
["success", "error", "cancel"].forEach(function (name) {
  var p = new process.Promise();
  p.timeout(1);
  p.addCallback(show("direct success")).addErrback(show("direct error")).addCancelback(show("direct cancel"));
  p.emit(name, 7);
  if (name !== "cancel") p.emitSuccess("not again");
});
sys.puts(p instanceof process.EventEmitter);
