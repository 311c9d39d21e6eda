var sys = require("sys");
process.addListener("exit", function () { sys.puts("not emitted"); });
setTimeout(function () {
	nothing.here();
}, 0);
