// Each name of an encoding, to a file and back.
var tcp = require("tcp"), sys = require("sys"), posix = require("posix");
var port = Number(process.ENV.PORT), file = process.ENV.TMP + "/bytes";
function codes(s) { var a = []; for (var i = 0; i < s.length; i++) a.push(s.charCodeAt(i)); return a.join(" "); }
// What each name does to a file.
var text = "a\u00e9\u20ac";
[["utf8"], ["UTF-8"], ["ascii"], ["ASCII"], ["binary"], ["Binary"], ["klingon"], [undefined], [42], [null]].forEach(function (c) {
  var fd = posix.open(file, process.O_CREAT | process.O_TRUNC | process.O_RDWR, 0600).wait();
  var n = posix.write(fd, text, null, c[0]).wait();
  var r = posix.read(fd, 100, 0, "binary").wait();
  sys.puts(c[0] + ": " + n + " -> " + codes(r[0]) + " (" + r[1] + ")");
  posix.close(fd).wait();
});
// And back.
var fd = posix.open(file, process.O_CREAT | process.O_TRUNC | process.O_RDWR, 0600).wait();
posix.write(fd, text, 0, "utf8").wait();
["utf8", "ascii", "binary", "UTF-8", "what", undefined].forEach(function (name) {
  sys.puts(name + " read: " + codes(posix.read(fd, 100, 0, name).wait()[0]));
});
sys.puts("cat: " + codes(posix.cat(file).wait()));
sys.puts("cat binary: " + codes(posix.cat(file, "binary").wait()));
sys.puts("cat ascii: " + codes(posix.cat(file, "ascii").wait()));
// Not strings: ToString.
sys.puts(posix.write(fd, 12345, 0).wait());
sys.puts(posix.write(fd, { toString: function () { return "obj"; } }, 5).wait());
sys.puts(posix.write(fd, null, 8).wait() + " " + posix.write(fd, true, 12).wait());
sys.puts(posix.cat(file).wait());
sys.puts([process._byteLength(text), process._byteLength(text, "utf8"), process._byteLength(text, "ascii"), process._byteLength(text, "binary"), process._byteLength(text, "nope")].join());
try { process._byteLength(5); } catch (e) { sys.puts(e.name + ": " + e.message); }
