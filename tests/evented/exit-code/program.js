var sys = require("sys");
process.addListener("exit", function (code) { sys.puts("exit " + code); process.exit(4); });
setTimeout(function () { process.exit(3); }, 0);
