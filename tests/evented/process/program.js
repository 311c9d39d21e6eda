var sys = require("sys"), path = require("path");
sys.puts(process.ARGV.length + " " + path.filename(process.ARGV[1]) + " " + process.ARGV[2] + " " + process.ARGV[3]);
sys.puts(process.ENV.COLOUR);
sys.puts(typeof process.pid + " " + (process.pid > 0));
sys.puts(process.platform);
var m = process.memoryUsage();
sys.puts([m.rss, m.vsize, m.heapTotal, m.heapUsed].every(function (n) { return n > 0; }));
sys.puts(process.cwd() === path.dirname(__filename));
process.chdir("/");
sys.puts(process.cwd());
try { process.chdir("/nowhere"); } catch (e) { sys.puts(e.message); }
try { process.chdir(); } catch (e) { sys.puts(e.message); }
process.umask(18);
sys.puts(process.umask(63));
sys.puts(process.umask(18));
try { process.umask("x"); } catch (e) { sys.puts(e); }
sys.puts(process.compile("1 + 1", "two.js"));
try { process.compile("1"); } catch (e) { sys.puts(e); }
try { process.compile("throw new Error('x')", "thrower.js"); } catch (e) { sys.puts(/thrower\.js:1/.test(e.stack)); }
try { process.kill(process.pid, "SIGNONSENSE"); } catch (e) { sys.puts(e); }
try { process.kill("x"); } catch (e) { sys.puts(e); }
try { process.kill(999999999, "SIGTERM"); } catch (e) { sys.puts(e.message); }
sys.puts(process._byteLength("\u00fc") + " " + process._byteLength("\u00fc", "ascii"));
sys.puts([process.O_CREAT, process.S_IFDIR, process.ENOENT, process.SIGINT].join());
sys.puts(typeof global + typeof console + typeof __dirname);
sys.puts(GLOBAL.process === process);
try { process.assert(false); } catch (e) { sys.puts(e); }
try { puts("x"); } catch (e) { sys.puts(e.message); }
