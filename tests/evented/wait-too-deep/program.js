// wait() inside wait() without end: where the stack ends, wait() throws, and everything that
// waits further out goes on.
var sys = require("sys"), deepest = 0, returned = 0, full = false;
function dive(depth) {
  var promise = new process.Promise();
  setTimeout(function () {
    if (full) return;
    deepest = depth;
    try {
      dive(depth + 1);
    } catch (error) {
      full = true;
      sys.puts(error instanceof RangeError);
      sys.puts(error.message);
    }
    promise.emitSuccess();
  }, 0);
  promise.wait();
  returned++;
}
dive(0);
sys.puts(deepest > 1000);
sys.puts(returned === deepest + 1);

// Nothing is left over from it.
var promise = new process.Promise();
setTimeout(function () { promise.emitSuccess("as ever"); }, 0);
sys.puts(promise.wait());
