// Children that die before they read, that never start, that close what they were given.
var sys = require("sys"), log = [], megabyte = new Array((1 << 20) + 1).join("x");
function child(name, command, args, act, done) {
  var c = process.createChildProcess(command, args), ends = 0;
  c.addListener("output", function (data) { if (data === null) ends++; else log.push(name + " output " + data.length); });
  c.addListener("error", function (data) { if (data === null) ends++; else log.push(name + " error " + JSON.stringify(data)); });
  c.addListener("exit", function (code, signal) {
    log.push(name + " exit " + code + " " + signal + ", ends " + ends + ", write " + c.write("late"));
    c.close();
    try { c.kill(); log.push("killed twice"); } catch (e) { log.push(name + " kill: " + e.message); }
    done();
  });
  act(c);
}
function flood(c) { for (var i = 0; i < 8; i++) c.write(megabyte); c.close(); }
var steps = [
  function (next) { child("true", "true", [], flood, next); },
  function (next) { child("closes", "/bin/sh", ["-c", "exec 0<&-; exit 3"], flood, next); },
  function (next) { child("killed", "cat", [], function (c) { c.kill("SIGKILL"); flood(c); }, next); },
  function (next) { child("missing", "/no/such/program", [], flood, next); },
  function (next) { child("folder", "/", [], flood, next); },
  function (next) {
    // One who writes while nobody reads, and ends with the script's interest in it.
    child("reader", "/bin/sh", ["-c", "head -c 10 > /dev/null; printf done"], flood, next);
  },
  function (next) {
    child("both", "/bin/sh", ["-c", "exec 1>&- 2>&-; cat > /dev/null; exit 5"], function (c) { c.write("x"); c.close(); c.close(); }, next);
  },
  function () { sys.puts(log.join("\n")); }
];
(function next() { steps.shift()(next); })();
