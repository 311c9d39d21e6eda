// What a program of the time finds, and what it no longer does.
var sys = require("sys"), posix = require("posix"), tmp = process.ENV.TMP;
process.umask(022); sys.puts(process.umask(077)); posix.mkdir(tmp + "/u", 0777).wait(); sys.puts((posix.stat(tmp + "/u").wait().mode & 0777).toString(8)); sys.puts(process.umask(022));
process.chdir(tmp + "/u"); sys.puts(process.cwd() === posix.readdir && 0 || process.cwd().slice(-2)); try { process.chdir("/no/such"); } catch (e) { sys.puts(e.message + " " + e.errno); } try { process.chdir(); } catch (e) { sys.puts(e.message); }
var m = process.memoryUsage(); sys.puts([m.rss > 1e6, m.vsize > m.rss, m.heapTotal >= m.heapUsed, m.heapUsed > 1e5].join() + " " + Object.keys(m).sort());
sys.puts([process.platform, typeof process.version, process.pid > 1, process.ARGV.length, process.ARGV[1] === __filename, typeof process.installPrefix].join());
process.ENV.NEW = "x"; sys.puts(process.ENV.NEW + " " + ("HOME" in process.ENV)); delete process.ENV.NEW; sys.puts(process.ENV.NEW);
sys.puts([typeof global, typeof console, typeof __dirname, typeof Buffer, typeof process.nextTick, typeof process.cat, typeof process.binding].join());
["include", "puts", "print", "p"].forEach(function (n) { try { GLOBAL[n]("x"); sys.puts("no"); } catch (e) { sys.puts(n + " " + (e instanceof Error)); } });
["createProcess", "exec", "inherits"].forEach(function (n) { try { node[n](); sys.puts("no"); } catch (e) { sys.puts(n + " " + (e instanceof Error)); } });
try { node.http.createServer(); } catch (e) { sys.puts(e instanceof Error); } try { process.debug("x"); } catch (e) { sys.puts(e instanceof Error); } try { process.error("x"); } catch (e) { sys.puts(e instanceof Error); }
process.mixin(GLOBAL, require("sys")); puts("puts " + inspect("x")); print("print\n"); sys.puts(require("utils") === require("sys") || typeof require("utils").puts);
sys.puts(010 + 1); sys.puts("\101"); var o = { a: 1 }; with (o) { sys.puts(a); } sys.puts((function () { return arguments.callee.length; })()); sys.puts(escape("ü") + unescape("%FC")); sys.puts(typeof undeclared); undeclared = 1; sys.puts(GLOBAL.undeclared); delete undeclared; sys.puts(typeof undeclared);
sys.puts(this === exports); sys.puts((function () { return this === GLOBAL; })()); sys.puts(typeof process.stdio.write + typeof process.fs.stat + typeof process.tcp.Server + typeof process.http.Client);
var c = new process.tcp.Connection(); sys.puts(c.readyState); sys.puts(new process.http.Server() instanceof process.tcp.Server);
sys.puts([process.O_RDONLY, process.O_WRONLY, process.O_RDWR, process.S_IFREG, process.S_IRUSR, process.EPERM, process.SIGKILL, process.SIGUSR1].join());
setTimeout(function () { sys.puts(typeof this.start + arguments.length); }, 0); sys.puts("debug"); sys.debug("to stdout"); sys.puts(1, 2, 3); sys.puts(); sys.puts(undefined); sys.puts(null); sys.puts([1, [2, 3]]); sys.puts({}); sys.print(5); sys.print("\n");
process.assert(true); try { process.assert(0, "own"); } catch (e) { sys.puts(e.message); } try { process.assert(0); } catch (e) { sys.puts(e.message); }
