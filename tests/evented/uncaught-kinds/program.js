// What an uncaught exception prints, for each kind of thrown thing and place.
var sys = require("sys"), file = require("file"), dir = process.ENV.TMP;
file.write(dir + "/lib.js", "exports.f = function (x) {\n  return x.y.z;\n};\n").wait();
file.write(dir + "/broken.js", "var a = 1;\nvar b = = 2;\n").wait();
file.write(dir + "/thrower.js", "\n\nthrow new RangeError('from a module');\n").wait();
var programs = {
  error: "throw new Error('message');", type: "var lib = require('./lib');\nlib.f({});", text: "throw 'just text';", number: "throw 42;", object: "throw { code: 5 };", nothing: "throw null;", undef: "throw undefined;",
  custom: "function My(m) { this.message = m; this.name = 'My'; }\nMy.prototype.toString = function () { return 'My: ' + this.message; };\nthrow new My('own');",
  proto: "function My(m) { this.message = m; }\nMy.prototype = new Error();\nMy.prototype.name = 'My';\nthrow new My('own');",
  syntax: "require('./broken');", own: "var x = ;", module: "try { require('./thrower'); } catch (e) { require('sys').puts('caught ' + e.message); }\nrequire('./thrower');\nsetTimeout(function () { require('./missing'); }, 0);",
  callback: "require('posix').stat('/').addCallback(function () {\n\tundefinedThing.x;\n});", promise: "require('posix').stat('/no').wait();", emitter: "var e = new process.EventEmitter();\ne.addListener('x', function () { throw new Error('in listener'); });\ne.emit('x');\nrequire('sys').puts('not reached');",
  stack: "var e = new Error('x'); e.stack = 'my own stack';\nthrow e;", nostack: "var e = new Error('x'); e.stack = undefined;\nthrow e;", compile: "process.compile('\\n\\nthrow new Error(\"compiled\")', 'made.js');", evaluated: "eval('\\nthrow new Error(\"evaluated\")');",
  assertion: "require('assert').equal(1, 2, 'one is two');", assert: "process.assert(false);", deep: "(function f() { f(); })();", unicode: "/* \u20ac\u20ac */ throw new Error('gr\u00fc\u00df');"
};
var names = Object.keys(programs);
(function next() {
  var name = names.shift(); if (!name) return;
  file.write(dir + "/" + name + ".js", programs[name] + "\n").wait();
  var child = process.createChildProcess(process.ARGV[0], [dir + "/" + name + ".js"]), out = "", err = "";
  child.addListener("output", function (d) { if (d) out += d; }); child.addListener("error", function (d) { if (d) err += d; });
  child.addListener("exit", function (code) {
    var lines = err.split(dir).join("").split("\n").filter(function (l) { return !/^    at /.test(l); });
    sys.puts("== " + name + " " + code + " " + JSON.stringify(out)); sys.print(lines.join("\n")); next();
  });
})();
