// With no descriptors left a server rests, and goes on when there are some again.
var sys = require("sys");
var child = process.createChildProcess("/bin/sh", ["-c", "ulimit -n 24; exec " + process.ARGV[0] + " " + process.cwd() + "/few.js"]);
child.addListener("output", function (data) { if (data) sys.print(data); });
child.addListener("error", function (data) { if (data) sys.print(data); });
child.addListener("exit", function (code) { sys.puts(code); });
