// Addresses at random: each is taken apart into texts, whatever it is, and in little time.
var random = require("../../fuzz/random"), uri = require("uri"), sys = require("sys");
var corpus = random.corpus("uris")[0].split("\n"), check = random.check;
var FIELDS = ["url", "protocol", "authorityRoot", "authority", "userInfo", "user", "password", "domain", "port", "path",
  "root", "directory", "file", "query", "anchor"];
function attempt(f, round, input) {
  try {
    return f();
  } catch (e) {
    check(false, e.stack || String(e), round, input);
  }
}
for (var round = random.rounds(10000); round > 0; round--) {
  var text = random.mutate(corpus), other = random.mutate(corpus);
  if (round % 500 === 0) {
    // Long ones of one kind: where time grows faster than the text, the test does not end.
    text = random.pick(corpus) + new Array(20000).join(random.pick(["a", "/", "..", "@", ":", "&", "a=b&", "%", "?", "#", "./", "//"])) + other;
  }
  var parsed = attempt(function () { return uri.parse(text); }, round, text);
  FIELDS.forEach(function (name) { check(typeof parsed[name] === "string", name + " is no string", round, text); });
  check(parsed.directories instanceof Array && parsed.domains instanceof Array, "no lists", round, text);
  var resolved = attempt(function () { return uri.resolve(text, other); }, round, [text, other]);
  check(typeof resolved === "string", "resolve gives no string", round, [text, other]);
  attempt(function () { return uri.format(parsed); }, round, text);
  attempt(function () { return uri.resolveObject(text, other); }, round, [text, other]);
  try {
    uri.decode(text);
  } catch (e) {
    check(e instanceof URIError, String(e), round, text);
  }
}
sys.puts("done");
