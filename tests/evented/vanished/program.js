// Files and folders that cannot be read, that are no more, or are something else.
var sys = require("sys"), posix = require("posix"), file = require("file"), tmp = process.ENV.TMP;
process.chdir(tmp);
function tell(name, f) {
  try { sys.puts(name + ": " + JSON.stringify(f())); } catch (e) { sys.puts(name + ": " + e.message + " " + e.errno); }
}
function write(name, text) { file.write(name, text).wait(); }

write("gone", "text");
var fd = posix.openSync("gone", process.O_RDWR, 0);
posix.unlinkSync("gone");
tell("open, then unlinked", function () { return posix.readSync(fd, 10, 0)[0]; });
tell("write to it", function () { return posix.writeSync(fd, "more", null); });
posix.closeSync(fd);
tell("closed twice", function () { return posix.closeSync(fd); });
tell("read closed", function () { return posix.readSync(fd, 10, 0); });
tell("cat", function () { return posix.cat("gone").wait(); });
tell("stat", function () { return posix.stat("gone").wait(); });
tell("unlink twice", function () { return posix.unlink("gone").wait(); });
tell("rename", function () { return posix.rename("gone", "other").wait(); });
tell("readdir", function () { return posix.readdir("gone").wait(); });
tell("cat of a folder", function () { return posix.cat(".").wait(); });
tell("readdir of a file", function () { write("file", "x"); return posix.readdir("file").wait(); });
tell("below a file", function () { return posix.stat("file/x").wait(); });
tell("mkdir twice", function () { posix.mkdirSync("d", 0755); return posix.mkdirSync("d", 0755); });
tell("rmdir full", function () { write("d/x", "x"); return posix.rmdir("d").wait(); });
tell("rmdir of a file", function () { return posix.rmdir("file").wait(); });
tell("a loop of links", function () { sys.exec("ln -s loop loop").wait(); return posix.cat("loop").wait(); });
tell("file.write", function () { return file.write("no/such/folder", "x").wait(); });
tell("file.File", function () { return new file.File("gone", "r").read(10).wait(); });
tell("chdir", function () { return process.chdir("gone"); });

// Modules: one that is no more once it was found, and a folder with its name.
posix.mkdirSync("folder.js", 0755);
tell("require a folder", function () {
  try { return require(tmp + "/folder"); } catch (e) { return e.message.replace(tmp, ""); }
});
tell("require nothing", function () {
  try { return require(tmp + "/gone"); } catch (e) { return e.message.replace(tmp, ""); }
});
write("once.js", "exports.a = 1;");
require(tmp + "/once");
posix.unlinkSync("once.js");
tell("require what was loaded", function () { return require(tmp + "/once").a; });

// A watched file that goes and comes.
write("watched", "one");
process.watchFile("watched", function (current, previous) {
  sys.puts("watched: " + current.nlink + " " + previous.nlink);
  if (current.nlink === 0) return write("watched", "again");
  process.unwatchFile("watched");
  folder();
});
posix.unlinkSync("watched");

// The current folder.
function folder() {
  posix.mkdirSync("current", 0755);
  process.chdir("current");
  posix.rmdirSync(tmp + "/current");
  tell("cwd", function () { return process.cwd(); });
  tell("readdir here", function () { return posix.readdirSync("."); });
  tell("open here", function () { return posix.openSync("x", process.O_CREAT | process.O_RDWR, 0600); });
  process.chdir(tmp);
  tell("back", function () { return process.cwd() === tmp; });
}
