// What a person types first: modules, from the shell and from a prompt of a script; and names that
// the prompt itself might use.
var sys = require("sys"), file = require("file"), dir = process.ENV.TMP;
file.write(dir + "/mine.js", "exports.name = 'mine'").wait();
var LINES = ["var http = require('http')", "http.STATUS_CODES[404]", "require('./mine').name", "require('nope')",
  "module.id", "typeof exports.start", "var scope = 1, code = 2", "var y = 3", "scope + code + y", "function square(n) { return n * n; }",
  "square(y)", "this === GLOBAL", "puts", ""].join("\n");
function ask(args, done) {
  var child = process.createChildProcess(process.ARGV[0], args), out = "", err = "";
  child.addListener("output", function (text) { if (text) out += text; });
  child.addListener("error", function (text) { if (text) err += text; });
  child.addListener("exit", function (code) {
    sys.puts(out.split("\n").filter(function (line) { return /Error|cannot/i.test(line); }).join("\n"));
    sys.puts(err.replace(/\{[\s\S]*?\n\}/g, "{...}") + code);
    done();
  });
  child.write(LINES);
  child.close();
}
file.write(dir + "/prompt.js", "require('repl').start();").wait();
process.chdir(dir);
ask([], function () { ask([dir + "/prompt.js"], function () {}); });
