// The words of each failed assertion.
var assert = require("assert"), sys = require("sys");
function t(f) { try { f(); sys.puts("ok"); } catch (e) { sys.puts(e.name + " | " + e.toString() + " | " + e.message + " | " + JSON.stringify([e.actual, e.expected, e.operator]) + " | " + (e instanceof Error) + (e instanceof assert.AssertionError)); } }
t(function () { assert.ok(0); }); t(function () { assert.ok("", "msg"); }); t(function () { assert.ok([]); });
t(function () { assert.equal(1, 2); }); t(function () { assert.equal(1, "1"); }); t(function () { assert.equal(null, undefined); }); t(function () { assert.equal(NaN, NaN); });
t(function () { assert.notEqual(1, "1"); }); t(function () { assert.notEqual(1, 2); });
t(function () { assert.strictEqual(1, "1", "strict!"); }); t(function () { assert.strictEqual("a", "b"); }); t(function () { assert.notStrictEqual(1, 1); });
t(function () { assert.deepEqual({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }); }); t(function () { assert.deepEqual([1, 2], [1, 3]); });
t(function () { assert.deepEqual({ a: 1 }, { a: "1" }); }); t(function () { assert.deepEqual(new Date(5), new Date(5)); }); t(function () { assert.deepEqual(new Date(5), new Date(6)); });
t(function () { assert.deepEqual([], {}); }); t(function () { assert.deepEqual(null, {}); }); t(function () { assert.deepEqual(undefined, null); }); t(function () { assert.deepEqual(1, "1"); });
t(function () { (function () { assert.deepEqual(arguments, [1, 2]); })(1, 2); }); t(function () { (function () { var a = arguments; (function () { assert.deepEqual(a, arguments); })(1, 2); })(1, 2); });
t(function () { assert.deepEqual({ a: undefined }, {}); }); t(function () { assert.deepEqual("abc", ["a", "b", "c"]); }); t(function () { assert.deepEqual({ 0: "a" }, ["a"]); });
t(function () { assert.notDeepEqual({ a: 1 }, { a: 1 }); }); t(function () { assert.notDeepEqual({ a: 1 }, { a: 2 }); });
function C() { this.x = 1; } C.prototype.y = 2; t(function () { assert.deepEqual(new C(), { x: 1 }); });
t(function () { assert.throws(function () {}); }); t(function () { assert.throws(function () { throw new Error("x"); }); });
t(function () { assert.throws(function () {}, TypeError); }); t(function () { assert.throws(function () {}, TypeError, "with message"); }); t(function () { assert.throws(function () {}, "just text"); });
t(function () { assert.throws(function () { throw new TypeError("t"); }, TypeError); }); t(function () { assert.throws(function () { throw new RangeError("r"); }, TypeError); });
t(function () { assert.doesNotThrow(function () {}); }); t(function () { assert.doesNotThrow(function () { throw new Error("oops"); }); }); t(function () { assert.doesNotThrow(function () { throw new Error("oops"); }, TypeError); });
t(function () { assert.doesNotThrow(function () { throw new TypeError("oops"); }, TypeError, "no types"); });
t(function () { assert.fail(1, 2, "failed", "##"); }); t(function () { assert.fail(1, 2, undefined, "##"); }); t(function () { assert.fail(); });
t(function () { assert.equal({ a: 1 }, { a: 1 }); }); t(function () { assert.equal(undefined, function () {}); });
var e = new assert.AssertionError({ message: "m", actual: 1, expected: 2, operator: "op" }); sys.puts(e.name + e.message + e.actual + e.expected + e.operator + " " + typeof e.stack);
var mj = require("mjsunit");
function m(f) { try { f(); sys.puts("ok"); } catch (e) { sys.puts((e instanceof Error) + " " + e.message); } }
m(function () { mj.assertEquals(1, 1); }); m(function () { mj.assertEquals(1, "1"); }); m(function () { mj.assertEquals([1, [2]], [1, [2]]); }); m(function () { mj.assertEquals(1, 2, "named"); }); m(function () { mj.assertEquals(NaN, NaN); });
m(function () { mj.assertTrue(true); }); m(function () { mj.assertTrue(1); }); m(function () { mj.assertFalse(false); }); m(function () { mj.assertFalse(true, "f"); }); m(function () { mj.assertNaN(NaN); }); m(function () { mj.assertNaN(5); });
m(function () { mj.assertThrows("throw 1"); }); m(function () { mj.assertThrows("1"); }); m(function () { mj.assertDoesNotThrow("1"); }); m(function () { mj.assertDoesNotThrow("throw 1"); });
m(function () { mj.assertInstanceof([], Array); }); m(function () { mj.assertInstanceof({}, Array); }); m(function () { mj.assertUnreachable(); }); m(function () { mj.assertUnreachable("here"); }); m(function () { mj.assertArrayEquals([1], [1]); }); m(function () { mj.assertArrayEquals([1], [2]); });
