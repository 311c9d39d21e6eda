// Libraries written to a folder, then asked for in every way.
var sys = require("sys"), posix = require("posix"), file = require("file");
var dir = process.ENV.TMP;
function write(name, text) { file.write(dir + "/" + name, text).wait(); }
function dirs() { for (var i = 0; i < arguments.length; i++) posix.mkdir(dir + "/" + arguments[i], 0755).wait(); }
dirs("lib", "lib/pkg", "lib/pkg/sub", "other", "lib/both", "dir.js");
write("lib/one.js", "exports.id = module.id; exports.file = __filename; exports.parent = module.parent.id; exports.loaded = module.loaded; exports.mod = module;");
write("lib/pkg/index.js", "exports.sub = require('./sub/deep'); exports.up = require('../one'); exports.here = require('./sibling').n; exports.me = module.id;");
write("lib/pkg/sibling.js", "exports.n = 'sibling'");
write("lib/pkg/sub/deep.js", "exports.up = require('../sibling'); exports.top = require('../../one').id;");
write("lib/both.js", "exports.from = 'file'");
write("lib/both/index.js", "exports.from = 'folder'");
write("other/one.js", "exports.other = true");
write("other/sys.js", "exports.mine = true");
write("counter.js", "if (!GLOBAL.count) count = 0; count++; exports.n = count;");
write("a.js", "exports.early = 1; var b = require('./b'); exports.seen = b.seen; exports.late = 1;");
write("b.js", "var a = require('./a'); exports.seen = [a.early, a.late].join(); ");
write("bad.js", "exports.begun = true; throw new Error('bad body');");
write("nothing.js", "");
write("fun.js", "module.exports = function () { return 'fun'; };");
write("num.js", "module.exports = 7;");
write("shebang.js", "#!/usr/bin/env node\nexports.line = (new Error).stack.match(/shebang.js:(\\d+)/)[1];");
write("ret.js", "exports.a = 1; if (true) return; exports.a = 2;");
write("implicit.js", "leak = 'leaked'; var local = 'local'; exports.self = this === exports;");
require.paths.unshift(dir + "/lib");
var one = require("one");
sys.puts([one.id, one.file === dir + "/lib/one.js", one.parent, one.loaded, one.mod.loaded].join());
var pkg = require("pkg");
sys.puts([pkg.sub.up.n, pkg.sub.top, pkg.here, pkg.me].join());
sys.puts(pkg.up.file === one.file);
sys.puts(require("both").from);
require.paths.unshift(dir + "/other");
sys.puts(require("one") === one);
var A = dir + "/a";
sys.puts(require(A).seen + " " + require(A).late);
sys.puts(require(dir + "/counter").n + " " + require(dir + "/counter").n + " " + count);
for (var i = 0; i < 2; i++) try { sys.puts("again " + require(dir + "/bad").begun); } catch (e) { sys.puts(e.message); }
sys.puts(sys.inspect(require(dir + "/nothing")));
sys.puts(require(dir + "/fun")() + require(dir + "/num"));
sys.puts(require(dir + "/shebang").line);
sys.puts(require(dir + "/ret").a);
sys.puts(require(dir + "/implicit").self + " " + leak + " " + typeof local);
["./nope", "../nope", "nope", "/nope", "nope/sub", dir + "/one", "./program.js", "x.node"].forEach(function (n) {
  try { require(n); sys.puts("found " + n); } catch (e) { sys.puts((e instanceof Error) + " " + e.message.replace(dir, "TMP")); }
});
try { require(dir + "/dir"); } catch (e) { sys.puts(e.message.replace(dir, "TMP")); }
try { require(); } catch (e) { sys.puts(e.name); }
// What is on the path earlier wins over what comes with the program; posix and path are fixed.
write("other/posix.js", "exports.mine = true"); write("other/dns.js", "exports.mine = true");
sys.puts(require("dns").mine + " " + require("posix").mine);
sys.puts(require.paths === process.paths);
sys.puts(typeof require.async + " " + (require.main === module) + " " + (process.mainModule === module));
sys.puts(module.id + " " + module.parent + " " + module.exited + " " + module.loaded + " " + module.children.length);
