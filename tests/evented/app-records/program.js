// A store of records, filled, read back, made smaller, and written once more when the process ends.
var sys = require("sys"), posix = require("posix"), Store = require("./store").Store, name = process.ENV.TMP + "/records";
function lines() { return posix.cat(name).wait().split("\n").length - 1; }
if (process.ARGV[2] === "child") {
  var last = new Store(process.ARGV[3], { delay: 60000 });
  last.load().wait(); last.closeAtExit();
  last.set("exit", { written: "at the end \u2713" });
  process.exit(0);
}
var store = new Store(name), events = [];
store.addListener("load", function (n) { events.push("load " + n); });
store.addListener("drain", function () { events.push("drain"); });
sys.puts("loaded " + store.load().wait());
var user = { name: "J\u00f6rg", tags: ["a", { b: 1 }], since: 2009 };
store.set("user", user); user.tags[1].b = 2; user.name = "changed";
sys.puts(JSON.stringify(store.get("user")));
var loop = { name: "loop" }; loop.self = loop; store.get("user").name = "own";
for (var i = 0; i < 250; i++) store.set("n" + i, i);
store.remove("n7"); store.remove("never"); store.update("n8", function () {}); store.update("new", function (doc) { doc.count = (doc.count || 0) + 1; });
sys.puts(store.length + " " + store.filter(function (doc) { return doc > 247; }).join());
var done = new process.Promise();
store.set("last", null, function () { done.emitSuccess(); });
done.wait();
sys.puts(lines() + " lines, queue " + store.queue.length);
sys.puts("compacted to " + (store.compact().wait() > 0) + ", " + lines() + " lines");
store.set("after", [1, 2, 3]); var flushed = new process.Promise(); store.addListener("flush", function (n) { flushed.emitSuccess(n); }); store.flush(); sys.puts("flushed " + flushed.wait());
try { store.set("loop", loop); } catch (e) { sys.puts(e.name + " for what leads back to itself, " + (store.get("loop").self === store.get("loop"))); }

// Read back, with a broken line and half a line.
posix.writeSync(store.fd, "{broken\n", null, "utf8"); posix.writeSync(store.fd, '{"key":"half"', null, "utf8");
var again = new Store(name), corrupt = [];
again.addListener("corrupt", function (text) { corrupt.push(text); });
sys.puts("again " + again.load().wait() + " " + JSON.stringify(again.get("user").tags) + " " + JSON.stringify(again.get("after")) + " " + (again.get("n7") === undefined) + " " + corrupt.join(" "));
posix.closeSync(again.fd); posix.closeSync(store.fd);
posix.unlinkSync(name);

// Another process leaves its last words.
var child = process.createChildProcess(process.ARGV[0], [__filename, "child", name]);
child.addListener("error", function (data) { if (data) sys.print(data); });
child.addListener("exit", function (code) {
  sys.print("child " + code + " " + posix.cat(name).wait());
  var missing = new Store(process.ENV.TMP + "/no/such/folder");
  missing.load().addErrback(function (e) { sys.puts(e.message); });
});
process.addListener("exit", function () { sys.puts(events.filter(function (e) { return e !== "drain"; }).join()); });
