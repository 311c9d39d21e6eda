var sys = require("sys"), path = require("path");
function show(a) { sys.puts(JSON.stringify(a)); }
show(path.join("/a", "b", "../c", "./d"));
show(path.normalize("./a//b/../c/"));
show(path.normalize("/"));
show(path.normalize("../x"));
show(path.normalize("a/../../b"));
show(path.normalizeArray(["a", ".", "b", "..", "c"]));
show([path.dirname("a/b"), path.dirname("a"), path.dirname("/a"), path.dirname("/a/b")]);
show([path.filename("/a/b.txt"), path.filename("b")]);
path.exists(__filename, function (yes) { show(yes); path.exists("/nowhere", show); });
