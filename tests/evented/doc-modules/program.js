// The document's modules. It prints a comma where foo.js needs a semicolon.
var sys = require("sys"), posix = require("posix"), tmp = process.ENV.TMP;
require(tmp + "/foo");
require(tmp + "/mixin");
puts("The circumference of a circle of radius 4 is " + circumference(4));
puts(typeof PI);

// Where require("mjsunit") looks, in the order that the document gives.
var home = tmp + "/home", local = tmp + "/local";
[home, local].forEach(function (folder) {
  posix.mkdirSync(folder, 0755);
  posix.mkdirSync(folder + "/index-first", 0755);
});
function write(file, text) { require("file").write(file, text).wait(); }
write(home + "/index-first/index.js", "exports.from = 'a folder of the first path';");
write(local + "/index-first.js", "exports.from = 'a file of the second path';");
write(home + "/file-first.js", "exports.from = 'a file';");
posix.mkdirSync(home + "/file-first", 0755);
write(home + "/file-first/index.js", "exports.from = 'a folder';");
write(local + "/mjsunit.js", "exports.from = 'the second path';");
require.paths.unshift(home, local);
["index-first", "file-first", "mjsunit"].forEach(function (name) {
  puts(name + ": " + require(name).from);
});

// At the start, NODE_PATH is in front, and the user's folder next.
var child = process.createChildProcess(process.ARGV[0], [process.cwd() + "/paths.js"],
  { NODE_PATH: "/one:/two", HOME: "/home/ryan" });
child.addListener("output", function (data) { if (data) print(data); });
