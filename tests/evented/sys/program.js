var sys = require("sys");
sys.print("a");
sys.print(1);
sys.puts("");
sys.puts("grüße");
sys.debug("now");
sys.error("to stderr");
sys.p({ a: 1, b: [2, "x"] });
sys.puts(sys.inspect({}) + sys.inspect([]) + sys.inspect(null) + sys.inspect(undefined) + sys.inspect("q\"") + sys.inspect(1.5) + sys.inspect(function () {}));
var o = { self: null, twice: [] }; o.self = o; o.again = o.twice;
sys.puts(sys.inspect(o));
sys.puts(sys.inspect(new Date(0)));
sys.exec("echo out; echo err >&2").addCallback(function (stdout, stderr) {
  sys.print(stdout + stderr);
  sys.exec("echo partly; exit 3").addErrback(function (code, stdout, stderr) {
    sys.puts([code, stdout, stderr].join("|"));
    sys.exec("kill -9 $$").addErrback(function (code) { sys.puts("killed " + code); });
  });
});
sys.puts(require("utils") === sys);
