var sys = require("sys");
var count = 0;
var interval = setInterval(function () {
  sys.puts("tick " + (this === interval) + " " + arguments.length);
  if (++count < 3) return;
  clearInterval(interval);
  timer.start(1, 0);
}, 2);
var never = setTimeout(function () { sys.puts("never"); }, 1);
clearTimeout(never);
clearTimeout(never);
setTimeout(function () { sys.puts("zero"); }, 0);
setTimeout("sys.puts('text')", 0);
setInterval(function () { sys.puts("once"); }, 0);
sys.puts("first");
try { clearTimeout(5); } catch (e) { sys.puts(e.name); }
var timer = new process.Timer();
timer.addListener("timeout", function () { sys.puts("timeout"); });
