// Children of every kind: what they say, how they end, and what is left of them then.
var sys = require("sys");
function run(title, file, args, env, act, next) {
  var c = process.createChildProcess(file, args, env), log = [], out = "", err = "";
  c.addListener("output", function (d) { if (d === null) log.push("out-end"); else out += d; });
  c.addListener("error", function (d) { if (d === null) log.push("err-end"); else err += d; });
  c.addListener("exit", function (code, sig) {
    sys.puts(title + ": " + JSON.stringify(out.length > 200 ? out.length : out) + " " + JSON.stringify(err) + " " + log.sort().join() + " exit " + code + "/" + sig + " " + arguments.length);
    sys.puts("  after: " + c.write("x") + " " + c.close() + " " + (typeof c.pid));
    try { c.kill(); sys.puts("  killed"); } catch (e) { sys.puts("  " + e.message); }
    next();
  });
  act(c);
}
function none(c) { }
var sh = function (t) { return ["-c", t]; };
var jobs = [
  ["echo", "echo", ["a b", "c"], undefined, none],
  ["noargs", "true", undefined, undefined, none],
  ["null args", "true", null, null, none],
  ["numbers", "echo", [1, null, undefined, true], undefined, none],
  ["false", "false", [], undefined, none],
  ["code", "sh", sh("exit 255"), undefined, none],
  ["both", "sh", sh("echo o; echo e >&2; exit 3"), undefined, none],
  ["env", "/bin/sh", sh("echo $A-$B-$HOME"), { A: "1", B: "x y" }, none],
  ["env num", "/usr/bin/env", [], { N: 5, Z: undefined }, none],
  ["empty env", "/usr/bin/env", [], {}, none],
  ["stdin", "cat", [], undefined, function (c) { sys.puts(c.write("a") + " " + c.write("b")); c.close(); sys.puts(c.write("c") + " " + c.close()); }],
  ["bytes", "od", ["-An", "-tx1"], undefined, function (c) { c.write("\u00e9"); c.write("\u00e9", "utf8"); c.write("\u20ac", "ascii"); c.write(12); c.close(); }],
  ["utf8 out", "printf", ["\\303\\251\\377"], undefined, none],
  ["kill default", "cat", [], undefined, function (c) { c.kill(); }],
  ["kill name", "cat", [], undefined, function (c) { c.kill("SIGINT"); }],
  ["kill number", "cat", [], undefined, function (c) { c.kill(9); }],
  ["trap", "sh", sh("trap 'echo trapped; exit 5' USR1; echo ready; while :; do sleep 0.01; done"), undefined, function (c) { c.addListener("output", function (d) { if (d === "ready\n") c.kill("SIGUSR1"); }); }],
  ["segv", "sh", sh("kill -SEGV $$"), undefined, none],
  ["missing", "/no/such/file", [], undefined, none],
  ["not executable", "/etc/passwd", [], undefined, none],
  ["directory", "/tmp", [], undefined, none],
  ["big", "sh", sh("head -c 3000000 /dev/zero | tr '\\0' x"), undefined, none],
  ["big in", "wc", ["-c"], undefined, function (c) { var s = new Array(65537).join("x"); for (var i = 0; i < 20; i++) c.write(s); c.close(); }],
  ["closes out early", "sh", sh("exec >&-; exec 2>&-; exit 4"), undefined, none],
  ["dies unread", "true", [], undefined, function (c) { c.addListener("exit", function () { sys.puts("second listener"); }); for (var i = 0; i < 50; i++) c.write(new Array(10000).join("y")); }]
];
(function next() { var j = jobs.shift(); if (!j) return rest(); run(j[0], j[1], j[2], j[3], j[4], next); })();
function rest() {
  [[], [5], [null], ["ls", "x"], ["ls", 5], ["ls", {}], ["a\0b"]].forEach(function (a) {
    try { process.createChildProcess.apply(process, a).addListener("exit", function (c) { sys.puts("ran " + c); }); } catch (e) { sys.puts(e.name + ": " + e.message); }
  });
  process.ENV.ADDED = "yes";
  sys.exec("echo $ADDED; pwd | wc -l").addCallback(function (o, e) {
    sys.puts(JSON.stringify([o, e]) + arguments.length);
    sys.exec("echo out; echo err >&2; exit 9").addErrback(function (c, o, e) { sys.puts(JSON.stringify([c, o, e]) + arguments.length); 
      sys.puts(JSON.stringify(sys.exec("printf 'a\\nb'; echo x >&2").wait()));
      try { sys.exec("exit 3").wait(); } catch (x) { sys.puts("threw " + x); }
      try { sys.exec("kill -9 $$").wait(); } catch (x) { sys.puts("threw " + x); }
    });
  });
}
