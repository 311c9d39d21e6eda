// Modules by HTTP, good and bad.
var http = require("http"), sys = require("sys"), port = Number(process.ENV.PORT);
var files = { "/good.js": "exports.file = __filename; exports.id = module.id; exports.n = (GLOBAL.loads = (GLOBAL.loads || 0) + 1);", "/throws.js": "throw new Error('body');", "/needs.js": "try { require('./other'); } catch (e) { exports.e = e.message; } exports.sys = typeof require('sys').puts;", "/utf.js": "exports.t = 'gr\u00fc\u00df';" };
var server = http.createServer(function (q, r) { var f = files[q.uri.path]; r.sendHeader(f ? 200 : 404, {}); r.sendBody(f || "<html>", "utf8"); r.finish(); });
server.listen(port);
var base = "http://127.0.0.1:" + port;
var good = require(base + "/good.js"); sys.puts([good.file === base + "/good.js", good.id === base + "/good.js", good.n].join());
sys.puts(require(base + "/good.js") === good);
["/throws.js", "/missing.js"].forEach(function (p) { try { require(base + p); sys.puts("no"); } catch (e) { sys.puts(e.message.replace(base, "BASE")); } });
sys.puts(require(base + "/needs.js").e + " " + require(base + "/needs.js").sys);
sys.puts(require(base + "/utf.js").t);
try { require("https://127.0.0.1:" + port + "/x.js"); } catch (e) { sys.puts(e.message.replace(port, "PORT")); }
try { require("http://127.0.0.1:" + process.ENV.PORT2 + "/x.js"); } catch (e) { sys.puts(e.message.replace(process.ENV.PORT2, "PORT2")); }
require.async(base + "/good.js").addCallback(function (m) { sys.puts(m === good); server.close(); });
