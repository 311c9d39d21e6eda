var sys = require("sys");
var deepest = 0;
function deeper(n) {
  var p = new process.Promise();
  setTimeout(function () {
    deepest = n;
    if (n < 1000) deeper(n + 1);
    p.emitSuccess(n);
  }, 0);
  return p.wait();
}
sys.puts(deeper(1));
sys.puts(deepest);
for (var i = 0, sum = 0; i < 1000; i++) {
  var p = new process.Promise();
  setTimeout(function () { p.emitSuccess(1); }, 0);
  sum += p.wait();
}
sys.puts(sum);
