// Random texts: the same ones in every run, unless AVOCET_FUZZ_SEED asks for others. AVOCET_FUZZ=N
// makes the rounds N times as many.
var posix = require("posix"), state = (Number(process.ENV.AVOCET_FUZZ_SEED) || 2009) >>> 0;
var SPECIAL = ["\r\n", "\r", "\n", "\r\n\r\n", "\0", " ", ":", "/", "//", "?", "#", "@", "%", "%ff", "&", "=", ";", "\"", "\\",
  "..", "--", "\u00ff", "\u00c3", "0", "-1", "65536", "7fffffffffffffff", "18446744073709551616", "chunked", "__proto__",
  "constructor", "boundary=", "[", "]"];

function below(end) {
  state = (state + 0x6d2b79f5) >>> 0;
  var n = state ^ (state >>> 15);
  n = Math.imul(n, state | 1);
  n ^= n + Math.imul(n ^ (n >>> 7), n | 61);
  return ((n ^ (n >>> 14)) >>> 0) % Math.max(1, end);
}
function pick(list) { return list[below(list.length)]; }
function text(length) {
  var result = "";
  for (var i = 0; i < length; i++) result += String.fromCharCode(below(256));
  return result;
}

// One of the texts, changed in a few places.
function mutate(corpus) {
  var result = pick(corpus);
  for (var i = below(5); i >= 0; i--) {
    var at = below(result.length + 1), end = Math.min(result.length, at + below(16));
    switch (below(6)) {
      case 0: result = result.slice(0, at) + text(1) + result.slice(at + 1); break;
      case 1: result = result.slice(0, at) + result.slice(end); break;
      case 2: result = result.slice(0, end) + result.slice(at); break;
      case 3: var other = pick(corpus); result = result.slice(0, at) + other.slice(below(other.length)); break;
      default: result = result.slice(0, at) + pick(SPECIAL) + result.slice(below(2) ? at : end);
    }
  }
  return result;
}

// The text in up to n pieces.
function cut(whole, n) {
  var pieces = [];
  for (var i = below(n); i > 0 && whole !== ""; i--) {
    var at = below(whole.length + 1);
    pieces.push(whole.slice(0, at));
    whole = whole.slice(at);
  }
  pieces.push(whole);
  return pieces;
}

var folder = __filename.replace(/\/[^\/]*$/, "/");
exports.corpus = function (name) {
  return posix.readdirSync(folder + name).sort().map(function (file) {
    return posix.cat(folder + name + "/" + file, "binary").wait();
  });
};
exports.rounds = function (n) { return n * (Number(process.ENV.AVOCET_FUZZ) || 1); };
exports.below = below;
exports.pick = pick;
exports.text = text;
exports.mutate = mutate;
exports.cut = cut;

// What a check says about a round, with all that is needed to see it again.
exports.check = function (value, what, round, input) {
  if (value) return;
  require("sys").puts(what + " in round " + round + " of seed " + (process.ENV.AVOCET_FUZZ_SEED || 2009) + ": " + JSON.stringify(input));
  process.exit(1);
};
