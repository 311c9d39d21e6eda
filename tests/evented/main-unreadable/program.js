var sys = require("sys");
var child = process.createChildProcess(process.ARGV[0], ["/nowhere/at/all.js"]);
child.addListener("error", function (data) { if (data) sys.puts(/Error reading \/nowhere\/at\/all.js/.test(data)); });
child.addListener("exit", function (code) { sys.puts(code); });
