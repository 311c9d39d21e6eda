var sys = require("sys"), assert = require("assert");
function fails(f) {
  try { f(); } catch (e) {
    sys.puts((e instanceof assert.AssertionError) + " " + e);
    return;
  }
  sys.puts("did not fail");
}
assert.ok(1);
assert.equal(1, "1");
assert.notEqual(1, 2);
assert.deepEqual({ a: [1, { b: 2 }], d: new Date(5) }, { d: new Date(5), a: [1, { b: 2 }] });
assert.notDeepEqual({ a: 1 }, { a: 2 });
assert.strictEqual(1, 1);
assert.notStrictEqual(1, "1");
assert.throws(function () { throw new TypeError("x"); }, TypeError);
assert.doesNotThrow(function () {});
fails(function () { assert.ok(0); });
fails(function () { assert.ok(false, "said so"); });
fails(function () { assert.equal(1, 2); });
fails(function () { assert.notEqual(1, "1"); });
fails(function () { assert.deepEqual([1, 2], [1]); });
fails(function () { assert.deepEqual(new Date(1), new Date(2)); });
fails(function () { assert.notDeepEqual({}, {}); });
fails(function () { assert.strictEqual(1, "1"); });
fails(function () { assert.notStrictEqual(1, 1); });
fails(function () { assert.fail(1, 2, undefined, "><"); });
fails(function () { assert.throws(function () {}); });
fails(function () { assert.doesNotThrow(function () { throw new Error("x"); }, "message"); });
try { assert.throws(function () { throw new RangeError("other"); }, TypeError); } catch (e) { sys.puts(e.name); }
var cycle = {}; cycle.self = cycle; var other = {}; other.self = other;
assert.deepEqual(cycle, other);
var e = new assert.AssertionError({ message: "m", actual: 1, expected: 2, operator: "==" });
sys.puts([e.name, e.message, e.actual, e.expected, e.operator, e instanceof Error].join());
process.mixin(GLOBAL, require("mjsunit"));
assertEquals([1, [2]], [1, [2]]);
assertTrue(true); assertFalse(false); assertNaN(NaN); assertInstanceof([], Array);
assertThrows("x.y.z"); assertDoesNotThrow("1 + 1"); assertArrayEquals([1], [1]);
try { assertEquals(1, 2, "name"); } catch (e) { sys.puts(e.message); }
try { assertUnreachable(); } catch (e) { sys.puts("unreachable"); }
var AssertionError = require("assert").AssertionError;
sys.puts([AssertionError instanceof Error, typeof AssertionError, typeof AssertionError.call, new AssertionError({}) instanceof AssertionError].join(" "));
