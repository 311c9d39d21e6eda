// Programs of another time are told what there is instead.
var sys = require("sys"), posix = require("posix");
var programs = [
  "console.log(1);",
  "require('http').createServer().on('request', null);",
  "import sys from 'sys';",
  "nothing.of.the.kind();"
];
var file = process.ENV.TMP + "/of-today.js";
function next() {
  var program = programs.shift();
  if (program === undefined) return posix.unlink(file);
  var fd = posix.open(file, process.O_WRONLY | process.O_CREAT | process.O_TRUNC, 0644).wait();
  posix.write(fd, program).wait();
  posix.close(fd).wait();
  var said = "", child = process.createChildProcess(process.ARGV[0], [file]);
  child.addListener("error", function (data) { if (data) said += data; });
  child.addListener("exit", function (code) {
    sys.puts(code + " " + said.split("\n").slice(3, 5).join(" | ").replace(/ +at .*/, ""));
    next();
  });
}
next();
