// Files as a queue of calls.
var file = require("file"), sys = require("sys"), posix = require("posix"), name = process.ENV.TMP + "/f";
sys.puts(file.read === posix.cat);
sys.puts(file.write(name, "h\u00e9llo \u20ac").wait()); sys.puts(file.read(name).wait()); sys.puts(file.write(name, "\u00e9", "binary").wait()); sys.puts(posix.stat(name).wait().size);
sys.puts(file.write(name, "").wait() + " " + posix.stat(name).wait().size + " " + (posix.stat(name).wait().mode & 0111));
file.write(process.ENV.TMP + "/no/such", "x").addErrback(function (e) { sys.puts("write failed"); go(); });
function go() {
  try { new file.File(name, "q"); } catch (e) { sys.puts(e.message); }
  var f = new file.File(name, "w+"), order = [];
  f.write("one ").addCallback(function (n) { order.push("w" + n); });
  f.write("zwei\u00e9 ").addCallback(function (n) { order.push("w" + n); });
  f.write("three", null, "binary").addCallback(function (n) { order.push("w" + n); });
  f.read(100, 0).addCallback(function (d, n) { order.push(d + "/" + n); });
  f.write("X", 0).addCallback(function () { order.push("x"); });
  f.read(3, 0).addCallback(function (d, n) { order.push(d); });
  f.close().addCallback(function () {
    sys.puts(order.join()); 
    var a = new file.File(name, "a"); a.write("!"); a.close().wait(); sys.puts(posix.cat(name).wait());
    var r = new file.File(name, "r"); r.write("no").addErrback(function (e) { sys.puts("r: " + (e instanceof Error)); }); sys.puts(r.read(5).wait()); sys.puts(r.encoding + " " + (r instanceof file.File)); r.close().wait();
    var b = new file.File(name, "r", { encoding: "binary" }); sys.puts(b.read(100, 4).wait()[0].length); b.close().wait();
    var rp = new file.File(name, "r+"); rp.write("ZZ", 1).wait(); sys.puts(rp.read(4, 0).wait()); rp.close().wait();
    try { rp.read(1).wait(); sys.puts("no"); } catch (e) { sys.puts(e.message); }
    var none = new file.File(name + "none", "r");
    none.addListener("error", function (e) { sys.puts("open: " + e.message); });
    none.read(5).addErrback(function (e) { sys.puts("read: " + e.message); });
  });
}
