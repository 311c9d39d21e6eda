// Programs stop timers that they never started.
var sys = require("sys"), client = {};
clearTimeout(); clearInterval();
[undefined, null, false, 0, "", NaN, client.timer].forEach(function (nothing) { clearTimeout(nothing); clearInterval(nothing); });
["x", 5, {}, [], true, function () {}].forEach(function (thing) {
  try { clearInterval(thing); sys.puts("did not throw"); } catch (e) { sys.puts(e.name); }
});
client.timer = setTimeout(function () {
  clearTimeout(client.timer); client.timer = null; clearTimeout(client.timer);
  sys.puts("still here");
}, 1);
