// How values are shown.
import assert from 'node:assert/strict';
import test from 'node:test';
import { boot } from './harness.mjs';

// Node.js marks promises while it watches them.
const unmarked = "((p) => { for (const s of Object.getOwnPropertySymbols(p)) delete p[s]; return p })";

const VALUES = [
  ["'text'", "'text'"],
  ['"it\'s"', '"it\'s"'],
  ["'a\\nb\\t\\u0001\\\\'", "'a\\nb\\t\\x01\\\\'"],
  ['-0', '-0'],
  ['12n', '12n'],
  ["Symbol('x')", 'Symbol(x)'],
  ['null', 'null'],
  ['undefined', 'undefined'],
  ['({})', '{}'],
  ["({ a: 1, 'b-c': [1, 'x'], [Symbol('s')]: null })", "{ a: 1, 'b-c': [ 1, 'x' ], [Symbol(s)]: null }"],
  ['({ a: { b: { c: { d: 1 } } } })', '{ a: { b: { c: [Object] } } }'],
  ['[[[[1]]]]', '[ [ [ [Array] ] ] ]'],
  ['[1, , 3, , ,]', '[ 1, <1 empty item>, 3, <2 empty items> ]'],
  ['Object.assign([1], { x: 2 })', '[ 1, x: 2 ]'],
  ['Object.create(null)', '[Object: null prototype] {}'],
  ['new (class Point { constructor() { this.x = 1 } })', 'Point { x: 1 }'],
  ['new (class Point extends Map {})', 'Point(0) [Map] {}'],
  ['({ get a() { return 1 }, set b(v) {}, get c() { return 1 }, set c(v) {} })', '{ a: [Getter], b: [Setter], c: [Getter/Setter] }'],
  ['new Map([[{ k: 1 }, new Set([1, "a"])]])', "Map(1) { { k: 1 } => Set(2) { 1, 'a' } }"],
  ['() => 1', '[Function (anonymous)]'],
  ['function f() {}', '[Function: f]'],
  ['Object.assign(function f() {}, { a: 1 })', '[Function: f] { a: 1 }'],
  ['async () => 1', '[AsyncFunction (anonymous)]'],
  ['class A {}', '[class A]'],
  ['class B extends Array {}', '[class B extends Array]'],
  ['new Date(0)', '1970-01-01T00:00:00.000Z'],
  ['new Date(NaN)', 'Invalid Date'],
  ['/a+/gi', '/a+/gi'],
  ['new Uint8Array([1, 2])', 'Uint8Array(2) [ 1, 2 ]'],
  ["Buffer.from('hi')", '<Buffer 68 69>'],
  ['new Uint8Array([1, 2]).buffer', 'ArrayBuffer { [Uint8Contents]: <01 02>, byteLength: 2 }'],
  ['new Number(3)', '[Number: 3]'],
  ["new String('abc')", "[String: 'abc']"],
  ['new WeakSet()', 'WeakSet { <items unknown> }'],
  [`${unmarked}(Promise.resolve(1))`, 'Promise { <pending> }'],
  ['new Proxy({ a: 1 }, { get() { throw new Error("trap") } })', '{ a: 1 }'],
  ['(() => { const a = { name: "a" }; a.self = a; a.b = { a }; return a })()', "<ref *1> { name: 'a', self: [Circular *1], b: { a: [Circular *1] } }"],
  ['(function () { return arguments })(1)', '[Arguments] [ 1 ]'],
  ['({ [Symbol.for("nodejs.util.inspect.custom")]: () => "mine" })', 'mine'],
  ['({ a: "x".repeat(40), b: "y".repeat(40) })', `{\n  a: '${'x'.repeat(40)}',\n  b: '${'y'.repeat(40)}'\n}`],
  ['[1, 2, 3, 4, 5, 6, 7]', '[\n  1, 2, 3, 4,\n  5, 6, 7\n]'],
  ['Array.from({ length: 102 }, () => "long text that is not put in columns").length', '102'],
  ['new URLSearchParams("a=1")', "URLSearchParams { 'a' => '1' }"],
];

for (const [source, expected] of VALUES) {
  test(`shows ${source}`, () => {
    const engine = boot();
    assert.equal(engine.hooks.inspect(engine.run(`(${source})`)), expected);
  });
}

test('errors are shown with stack, properties and cause', () => {
  const engine = boot();
  const text = engine.hooks.inspect(engine.run("Object.assign(new TypeError('no', { cause: 'why' }), { code: 'E' })"));
  assert.match(text, /^TypeError: no\n {4}at test\.js:1:\d+\n[^]*\{\n {2}code: 'E',\n {2}\[cause\]: 'why'\n\}$/);
});

test('promises show what they hold where the engine can tell', () => {
  const engine = boot();
  for (const [state, expected] of [[[1, 5], 'Promise { 5 }'], [[2, 'no'], "Promise { <rejected> 'no' }"], [[0], 'Promise { <pending> }']]) {
    const promise = engine.run(`${unmarked}(Promise.resolve())`);
    engine.state.promises.set(promise, state);
    assert.equal(engine.hooks.inspect(promise), expected);
  }
});

const OPTIONS = [
  ['{ a: { b: 1 } }', { depth: 0 }, '{ a: [Object] }'],
  ['{ a: { b: { c: { d: {} } } } }', { depth: null }, '{\n  a: { b: { c: { d: {} } } }\n}'],
  ['{ b: 1, a: 2 }', { sorted: true }, '{ a: 2, b: 1 }'],
  ['{ a: 1 }', { compact: false }, '{\n  a: 1\n}'],
  ['[1, 2, 3]', { maxArrayLength: 1 }, '[ 1, ... 2 more items ]'],
  ["'abcdef'", { maxStringLength: 3 }, "'abc'... 3 more characters"],
  ['{ get a() { return 5 } }', { getters: true }, '{ a: [Getter: 5] }'],
];

for (const [source, options, expected] of OPTIONS) {
  test(`shows ${source} with ${JSON.stringify(options)}`, () => {
    const engine = boot();
    assert.equal(engine.binding.inspect(engine.run(`(${source})`), options), expected);
  });
}

const FORMATS = [
  ["'%s and %s', 'a'", 'a and %s'],
  ["'%d|%i|%f', '42.5', '42.5', '42.5'", '42.5|42|42.5'],
  ["'%j', { a: 1 }", '{"a":1}'],
  ["'%j', (() => { const o = {}; o.o = o; return o })()", '[Circular]'],
  ["'%o%%', 1", '1%'],
  ["'%O', { a: { b: { c: { d: 1 } } } }", '{ a: { b: { c: [Object] } } }'],
  ["'%c styled', 'color: red'", ' styled'],
  ["'%s', { a: { b: 1 } }", '{ a: [Object] }'],
  ["'%s', { toString: () => 'own' }", 'own'],
  ["'%s %s', null, Symbol('x')", 'null Symbol(x)'],
  ["'%d', 5n", '5n'],
  ["'100%', 1", '100% 1'],
  ["1, 'a', { b: 2 }", '1 a { b: 2 }'],
  ['', ''],
];

for (const [values, expected] of FORMATS) {
  test(`formats ${values}`, () => {
    const engine = boot();
    engine.run(`console.log(${values})`);
    assert.deepEqual(engine.printed, [['info', expected]]);
  });
}

const CONSOLE = [
  ["console.log('Hello')", [['info', 'Hello']]],
  ["console.warn('w'); console.error('e'); console.debug('d')", [['warn', 'w'], ['error', 'e'], ['debug', 'd']]],
  ["console.group('g'); console.log('a\\nb'); console.groupEnd(); console.log('c')", [['info', 'g'], ['info', '  a\n  b'], ['info', 'c']]],
  ["console.count(); console.count(); console.countReset(); console.count('x')", [['info', 'default: 1'], ['info', 'default: 2'], ['info', 'x: 1']]],
  ["console.assert(true); console.assert(false, 'no %s', 1)", [['error', 'Assertion failed: no 1']]],
  ["console.time('t'); console.timeEnd('t'); console.timeEnd('t')", [['info', 't: 0ms'], ['warn', "Warning: No such label 't' for console.timeEnd()"]]],
  ['console.table([{ a: 1 }, 5])', [['info', '┌─────────┬───┬────────┐\n│ (index) │ a │ Values │\n├─────────┼───┼────────┤\n│ 0       │ 1 │        │\n│ 1       │   │ 5      │\n└─────────┴───┴────────┘']]],
  ['console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 })', [['info', '{ a: [Object] }']]],
  ["process.stdout.write('par'); process.stdout.write('tial\\nnext'); process.stderr.write('e\\n')", [['info', 'partial'], ['error', 'e']]],
];

for (const [source, expected] of CONSOLE) {
  test(`prints ${source}`, () => {
    const engine = boot();
    engine.run(source);
    assert.deepEqual(engine.printed, expected);
  });
}
