// Programs behind HTTP: what is posted goes to a child, what it says comes back as it comes.
var http = require("http"), sys = require("sys"), port = Number(process.ENV.PORT);
var commands = { "/sort": ["sort"], "/upper": ["tr", "a-z", "A-Z"], "/count": ["wc", "-c"], "/fail": ["sh", "-c", "cat >/dev/null; echo broken >&2; exit 3"], "/none": ["no-such-command-here"] };
var server = http.createServer(function (q, r) {
  var cmd = commands[q.uri.path]; if (!cmd) { r.sendHeader(404, {}); return r.finish(); }
  var child = process.createChildProcess(cmd[0], cmd.slice(1)), err = "", begun = false;
  function begin(code) { if (begun) return; begun = true; r.sendHeader(code, { "Content-Type": "text/plain" }); }
  q.addListener("body", function (c) { child.write(c, "binary"); }); q.addListener("complete", function () { child.close(); });
  child.addListener("output", function (d) { if (d !== null) { begin(200); r.sendBody(d, "utf8"); } });
  child.addListener("error", function (d) { if (d !== null) err += d; });
  child.addListener("exit", function (code, signal) { begin(code ? 500 : 200); if (code) r.sendBody(code + " " + err); r.finish(); });
});
server.listen(port);
var big = ""; for (var i = 0; i < 20000; i++) big += "line " + (i * 7919 % 20000) + "\n";
var jobs = [["/sort", "b\na\nc\n"], ["/upper", "gr\u00fc\u00df\n"], ["/count", big], ["/fail", "x"], ["/none", "y"], ["/what", ""], ["/sort", big]], left = jobs.length, out = [];
jobs.forEach(function (j, i) {
  var req = http.createClient(port).request("POST", j[0], { "Transfer-Encoding": "chunked" });
  for (var at = 0; at < j[1].length; at += 10000) req.sendBody(j[1].substr(at, 10000), "utf8");
  req.finish(function (r) {
    var b = ""; r.setBodyEncoding("utf8"); r.addListener("body", function (c) { b += c; });
    r.addListener("complete", function () { out[i] = j[0] + " " + r.statusCode + " " + (b.length > 100 ? b.length : JSON.stringify(b)); if (--left === 0) { sys.puts(out.join("\n")); server.close(); } });
  });
});
