// Forms at random: what is well formed is read as it was meant, what is not ends all the same, and
// it does not matter in which pieces either comes.
var random = require("../../fuzz/random"), multipart = require("multipart"), sys = require("sys");
var corpus = random.corpus("forms"), check = random.check, below = random.below;

// What is told of a form that comes in these pieces, as a request would bring it.
function told(pieces, boundary) {
  var request = new process.EventEmitter(), list = [];
  request.headers = { "content-type": "multipart/form-data; boundary=" + boundary };
  var stream = new multipart.Stream(request);
  stream.addListener("part", function (part) {
    var entry = { name: part.name, filename: part.filename, body: "", complete: 0 };
    list.push(entry);
    part.addListener("body", function (chunk) { entry.body += chunk; });
    part.addListener("complete", function () { entry.complete++; });
  });
  var ends = 0;
  stream.addListener("complete", function () { ends++; });
  pieces.forEach(function (piece) { request.emit("body", piece); });
  request.emit("complete");
  return JSON.stringify([list, ends, stream.bytesReceived]);
}
process.addListener("uncaughtException", function (e) { check(false, e.stack, 0, current); });
var current, round;

for (round = random.rounds(3000); round > 0; round--) {
  var text = current = random.mutate(corpus), whole = told([text], "xyz"), pieces = random.cut(text, 6);
  check(told(pieces, "xyz") === whole, "pieces differ", round, pieces);
  check(told(text.split(""), "xyz") === whole, "characters differ", round, text);
  check(JSON.parse(whole)[1] === 1, "no end, or two", round, text);
  JSON.parse(whole)[0].forEach(function (part) { check(part.complete === 1, "a part without its end", round, text); });
}

// Well formed ones. A body may hold anything but its own boundary; a name anything that is quoted.
function meant() {
  var parts = [];
  for (var n = below(4); n >= 0; n--) {
    var body = random.text(below(200)) + random.pick(["", "\r\n", "--", "\r\n--", "\r\n--xy", "\r\n-", "\r"]) + random.text(below(20));
    parts.push({ name: "n" + below(1000) + random.pick(["", " ", ";", "=", "\\"]), filename: below(2) ? "f" + n + ".txt" : null, body: body });
  }
  return parts;
}
function escaped(name) { return "\"" + name.replace(/[\\"]/g, "\\$&") + "\""; }
for (round = random.rounds(2000); round > 0; round--) {
  var parts = meant(), form = "";
  parts.forEach(function (part) {
    if (part.body.indexOf("\r\n--xyz") >= 0) part.body = "";
    form += "--xyz\r\nContent-Disposition: form-data; name=" + escaped(part.name) +
      (part.filename ? "; filename=" + escaped(part.filename) : "") + "\r\n\r\n" + part.body + "\r\n";
  });
  form += "--xyz--\r\n";
  var seen = JSON.parse(told(current = random.cut(form, 8), "xyz"))[0].map(function (part) {
    return { name: part.name, filename: part.filename, body: part.body };
  });
  check(JSON.stringify(seen) === JSON.stringify(parts), "not as it was meant", round, [parts, seen]);
}
sys.puts("done");
