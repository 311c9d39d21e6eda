// A file that comes, changes, is replaced, goes, and comes again.
var sys = require("sys"), posix = require("posix"), name = process.ENV.TMP + "/watched";
// Without a turn of the loop in between, so that nobody sees it half done.
function put(name, text) { var fd = posix.openSync(name, process.O_CREAT | process.O_TRUNC | process.O_WRONLY, 0644); posix.writeSync(fd, text); posix.closeSync(fd); }
var steps = [
  ["appears", function () { put(name, "12345"); }],
  ["grows", function () { put(name, "123456789"); }],
  ["replaced", function () { put(name + ".new", "123"); posix.renameSync(name + ".new", name); }],
  ["mode", function () { sys.exec("chmod 600 " + name).wait(); }],
  ["link", function () { sys.exec("ln " + name + " " + name + ".link").wait(); }],
  ["goes", function () { posix.unlinkSync(name); }],
  ["folder", function () { posix.mkdirSync(name, 0755); }],
  ["folder goes", function () { posix.rmdirSync(name); }]
];
var title;
process.umask(022);
var stat = process.watchFile(name, { interval: 10 }, function (curr, prev) {
  sys.puts(title + ": " + [prev.nlink > 0, curr.nlink > 0].join(">") + " " + (curr.isDirectory() ? "dir" : curr.size) + " " + (curr.mode & 0777).toString(8) + " " + (curr instanceof process.Stats) + " " + (curr.mtime instanceof Date) + " " + (curr.ino === prev.ino));
  next();
});
sys.puts((stat instanceof process.Stat) + " " + (stat instanceof process.EventEmitter));
stat.addListener("stop", function () { sys.puts("stop"); });
function next() {
  var s = steps.shift();
  if (!s) { process.unwatchFile(name); process.unwatchFile(name); put(name, "no more"); setTimeout(again, 1); return; }
  title = s[0]; s[1]();
}
next();
function again() {
  var other = process.watchFile(name, function () { sys.puts("again"); process.unwatchFile(name); });
  sys.puts(other === stat);
  sys.puts(process.watchFile(name, {}, function () { sys.puts("second listener"); }) === other);
  put(name, "changed at last");
  process.watchFile("/nonexistent/x", { persistent: false }, function () {});
}
