// wait() 1,000 deep, and 100 waits outstanding whose promises fire in the order of their start:
// prints milliseconds and the memory that the waits took, bytes.
var sys = require("sys"), before = process.memoryUsage().rss, highest = before;
function look() { highest = Math.max(highest, process.memoryUsage().rss); }

function deeper(n) {
  var promise = new process.Promise();
  setTimeout(function () {
    if (n < 1000) deeper(n + 1); else look();
    promise.emitSuccess(n);
  }, 0);
  return promise.wait();
}
var begun = Date.now();
deeper(1);
var deep = Date.now() - begun, bytes = highest - before;

var done = 0, promises = [];
function outstanding(n) {
  var promise = promises[n] = new process.Promise();
  setTimeout(function () {
    if (n + 1 < 100) outstanding(n + 1);
    else for (var i = 0; i < 100; i++) promises[i].emitSuccess(i);
  }, 0);
  if (promise.wait() === n) done++;
}
begun = Date.now();
outstanding(0);
var many = Date.now() - begun;
sys.puts(JSON.stringify({deep: deep, bytes: bytes, many: many, done: done}));
process.exit(0);
