var sys = require("sys"), uri = require("uri");
var u = uri.parse("http://user:pa@www.example.com:8080/a/b/../file.html?x=1#top");
sys.puts([u.protocol, u.authorityRoot, u.authority, u.userInfo, u.user, u.password, u.domain, u.port, u.path, u.root, u.directory, u.file, u.query, u.anchor].join(" "));
sys.puts(JSON.stringify(u.directories) + JSON.stringify(u.domains));
sys.puts(uri.format(u));
sys.puts(uri.format({ protocol: "http", domain: "x", path: "/y", query: "z" }));
[["http://a/b/c", "d"], ["http://a/b/c/", "../d"], ["http://a/b/c", "/d"], ["http://a/b?q#f", "?r"], ["http://a/b?q#f", "#g"], ["http://a/b", "http://c/"], ["http://a/b", ""], ["", "x"], ["a/b", "c"]].forEach(function (pair) { sys.puts(uri.resolve(pair[0], pair[1])); });
sys.puts(uri.decode("a+b%20c"));
try { uri.format(); } catch (e) { sys.puts(e.message); }
["file:///a/b", "/a/b", "http://x.y/"].forEach(function (text) { sys.puts(JSON.stringify(uri.parse(text).domains)); });
