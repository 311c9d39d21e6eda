// Addresses taken apart, put together and resolved.
var uri = require("uri"), sys = require("sys");
var bad = 0;
["http://user:pass@sub.example.com:8080/a/b/../c/./file.html?q=1&r=a/b?c#top/x?y", "/rooted/path/file?x", "relative/dir/file.txt#a", "file", "?only=query", "#only", "", "http://example.com", "http://example.com/", "//host/path", "mailto:a@b.c", "http://user@host", "http://user:@host/", "https://[::1]:443/x", "/", "a/", "../up/x", "http://h:80?q#f", "ftp://h/dir/"].forEach(function (s) {
  var o = uri.parse(s), keys = [];
  for (var k in o) if (o[k] !== "" && !(o[k] instanceof Array && o[k].length === 0)) keys.push(k + "=" + o[k]);
  sys.puts(JSON.stringify(s) + "\n  " + keys.join(" "));
  if (uri.format(uri.parse(s)) !== s) sys.puts("  format: " + uri.format(uri.parse(s)));
});
var base = "http://a.b/c/d/e?f=g#h";
["x", "./x", "../x", "../../x", "../../../x", "/x", "/x/../y", "?n=1", "#n", "", "//o/p", "http://o/p", "https://o/p", "x/", ".", "..", "../", "./", "x?y#z", "http:x", "mailto:q@r", "./x/../y", "x/./y"].forEach(function (r) {
  sys.puts(JSON.stringify(r) + " " + uri.resolve(base, r));
});
[["/a/b", "c"], ["a/b", "c"], ["a", "b"], ["", "b"], ["a", ""], ["/a/b?q", "?r"], ["/a/b?q", "#r"], ["http://h", "x"], ["http://h", "../x"], ["http://h/a", "//g/b"]].forEach(function (p) { sys.puts(p.join(" + ") + " = " + uri.resolve(p[0], p[1])); });
sys.puts(uri.decode("a+b%20c%2B%E2%82%AC")); try { uri.decode("%zz"); } catch (e) { sys.puts(e.name); }
try { uri.format(); } catch (e) { sys.puts(e.message); } sys.puts(uri.format("as is"));
var o = { protocol: "http", domain: "x.y", port: "81", user: "u", password: "p", directories: ["a", "b"], file: "c", query: "q", anchor: "h" };
sys.puts(uri.format(o) + " " + o.url);
sys.puts(uri.format({ protocol: "http", domains: ["x", "y"], path: "/z" }));
sys.puts(uri.resolveObject("http://a/b/c", "d").path + " " + typeof uri.resolveObject("a", "b"));
