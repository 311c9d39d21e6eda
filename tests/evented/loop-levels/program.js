// process.loop and unloop at several levels.
var sys = require("sys"), log = [];
function l(x) { log.push(x); }
setTimeout(function () { l("a"); process.unloop("one"); }, 1);
l("begin"); process.loop(); l("left");
setTimeout(function () { l("inner begin"); setTimeout(function () { l("inner timer"); process.unloop(); }, 1); process.loop(); l("inner left"); }, 1);
setTimeout(function () { l("outer"); }, 300);
process.loop(); l("idle");
setTimeout(function () { setTimeout(function () { process.unloop("all"); l("all"); }, 1); process.loop(); l("1 left"); }, 1);
setTimeout(function () { l("later"); }, 60000);
process.loop(); l("0 left");
process.addListener("exit", function () { sys.puts(log.join("\n")); });
