#!/usr/bin/env node
var sys = require("sys");
sys.puts(this === exports);
sys.puts(module.exports === exports && module.id === "." && require.main === module && process.mainModule === module);
sys.puts(module instanceof process.Module);
sys.puts(__filename === process.ARGV[1] && module.filename === __filename);
var a = require("./lib/a");
sys.puts(a.name + " " + a.b.name + " " + a.b.sawDone);
sys.puts(require("./lib/a") === a);
sys.puts(require("./lib").index);
sys.puts(require("./replaced")());
sys.puts(require("" + __filename.replace("program.js", "replaced"))());
sys.puts(require(".") === exports);
["./missing", "missing", 5].forEach(function (name) { try { require(name); } catch (e) { sys.puts(e.message); } });
try { require("./replaced.js"); } catch (e) { sys.puts(e.message); }
try { require("./throws"); } catch (e) { sys.puts(e.message); }
sys.puts(require("./throws").partial);
require.paths.unshift(process.cwd() + "/early");
sys.puts(require("package").where);
sys.puts(require("fromnodepath").where);
sys.puts(require("uri").mine);
require.async("./replaced").addCallback(function (f) { sys.puts("async " + f()); });
require.async("./missing").addErrback(function (e) { sys.puts("async " + e.message); });
require("./globals");
sys.puts(leaked);
return;
sys.puts("never");
