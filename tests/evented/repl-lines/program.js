var repl = require("repl"), sys = require("sys");
var count = 5; shared = "global";
repl.start("> "); repl.scope.count = count;
setTimeout(function () {}, 1);
