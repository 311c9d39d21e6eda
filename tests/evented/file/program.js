var sys = require("sys"), file = require("file"), posix = require("posix");
var name = process.ENV.TMP + "/f";
file.write(name, "first ü\n").addCallback(function () {
  sys.puts(arguments.length);
  sys.print(file.read(name).wait());
  var f = new file.File(name, "a+");
  f.write("second\n");
  f.write("third\n");
  f.read(6, 0).addCallback(function (data, n) { sys.puts(data + n); });
  f.close().addCallback(function () {
    sys.print(posix.cat(name).wait());
    try { new file.File(name, "x"); } catch (e) { sys.puts(e.message); }
    new file.File("/nowhere/f", "r").read(1).addErrback(function (e) { sys.puts(e.message); });
  });
});
file.write("/nowhere/f", "x").addErrback(function (e) { sys.puts(e.errno); });
