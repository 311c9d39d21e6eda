// A megabyte through a child, both ways at once.
var sys = require("sys");
var cat = process.createChildProcess("cat"), size = 0, largest = 0;
cat.addListener("output", function (data) { if (data === null) return; size += data.length; largest = Math.max(largest, data.length); });
cat.addListener("exit", function () { sys.puts(size + " " + (largest <= 8192)); });
var piece = new Array(1025).join("x");
for (var i = 0; i < 1024; i++) cat.write(piece);
cat.close();
