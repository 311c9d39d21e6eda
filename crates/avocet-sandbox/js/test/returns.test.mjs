// What a function returns or throws, and what is answered for it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load, settle } from './harness.mjs';

const CASES = [
  ['nothing', 'exports.main = () => {}', { r: 'none' }],
  ['null', 'exports.main = () => null', { r: 'none' }],
  ['an empty string', "exports.main = () => ''", { r: 'none' }],
  ['a string', "exports.main = () => 'Hello'", { r: 'text', body: 'Hello' }],
  ['a number', 'exports.main = () => 0', { r: 'text', body: '0' }],
  ['a boolean', 'exports.main = () => false', { r: 'text', body: 'false' }],
  ['a bigint', 'exports.main = () => 12n', { r: 'text', body: '12' }],
  ['an object', 'exports.main = () => ({ a: 1 })', { r: 'json', body: '{"a":1}' }],
  ['an array', 'exports.main = () => [1, 2]', { r: 'json', body: '[1,2]' }],
  ['a map', 'exports.main = () => new Map([[1, 2]])', { r: 'json', body: '{}' }],
  ['a date', 'exports.main = () => new Date(0)', { r: 'json', body: '"1970-01-01T00:00:00.000Z"' }],
  ['an object that has no JSON', 'exports.main = () => ({ toJSON() {} })', { r: 'none' }],
  ['a Buffer', "exports.main = () => Buffer.from('hi')", { r: 'bytes', body: Buffer.from('hi') }],
  ['a Uint8Array', 'exports.main = () => new Uint8Array([1, 2, 3]).subarray(1)', { r: 'bytes', body: Buffer.from([2, 3]) }],
  ['an ArrayBuffer', 'exports.main = () => new Uint8Array([1]).buffer', { r: 'bytes', body: Buffer.from([1]) }],
  ['a promise', 'exports.main = async () => ({ later: true })', { r: 'json', body: '{"later":true}' }],
  ['a thenable', 'exports.main = () => ({ then(done) { done("soon") } })', { r: 'text', body: 'soon' }],
  ['a thrown string', "exports.main = () => { throw 'not today' }", { r: 'throwntext', body: 'not today' }],
  ['a thrown error', "exports.main = () => { throw new Error('boom') }", { r: 'thrown' }],
  ['a thrown undefined', 'exports.main = () => { throw undefined }', { r: 'thrown' }],
  ['a rejection', "exports.main = async () => { throw new Error('boom') }", { r: 'thrown' }],
  ['a rejected string', "exports.main = () => Promise.reject('no')", { r: 'throwntext', body: 'no' }],
  ['a cycle', 'exports.main = () => { const o = {}; o.o = o; return o }', { r: 'thrown' }],
  ['a bigint inside', 'exports.main = async () => ({ n: 1n })', { r: 'thrown' }],
  ['a function', 'exports.main = () => () => {}', { r: 'thrown' }],
  ['a symbol', "exports.main = () => Symbol('x')", { r: 'thrown' }],
  ['status and nothing', 'exports.main = (e) => { e.extensions.response.status(400) }', { r: 'none', s: 400 }],
  ['status and text', 'exports.main = (e) => { e.setResponseStatus(201); return "made" }', { r: 'text', s: 201, body: 'made' }],
  ['content type and text', 'exports.main = (e) => { e.setResponseContentType("application/xml"); return "<a/>" }',
    { r: 'text', h: ['Content-Type', 'application/xml'], body: '<a/>' }],
  ['header and json', 'exports.main = ({ setResponseHeader }) => { setResponseHeader("X-A", 1); return {} }', { r: 'json', h: ['X-A', '1'], body: '{}' }],
  ['a removed header', 'exports.main = (e) => { e.extensions.response.removeHeader("Access-Control-Allow-Origin"); return "x" }',
    { r: 'text', x: ['access-control-allow-origin'], body: 'x' }],
  ['its own answer and a value', 'exports.main = (e) => { e.extensions.response.send("mine"); return "ignored" }',
    { r: 'response', h: ['Content-Type', 'text/html; charset=utf-8'], body: 'mine' }],
  ['an error with a status set', 'exports.main = (e) => { e.setResponseStatus(418); throw new Error("x") }', { r: 'thrown', s: 418 }],
  ['an async iterator', 'exports.main = async function* () { yield "a"; yield { b: 1 }; yield Buffer.from("c") }',
    { r: 'response', body: 'a', chunks: ['{"b":1}\n', Buffer.from('c')], end: true }],
  ['callback', 'exports.main = (e, c, callback) => { setTimeout(() => callback({ ok: true }, 202, { "X-B": "2" }), 5) }',
    { r: 'json', s: 202, h: ['X-B', '2'], body: '{"ok":true}' }],
  ['callback through arguments', 'exports.main = function () { arguments[2]("called"); }', { r: 'text', body: 'called' }],
  ['callback twice', 'exports.main = (e, c, done) => { done("one"); done("two") }', { r: 'text', body: 'one' }],
  ['callback with what cannot be sent', 'exports.main = (e, c, done) => { done(Symbol("x")) }', { r: 'thrown' }],
];

for (const [name, source, expected] of CASES) {
  test(name, async () => {
    const fn = await load(source);
    const id = fn.begin();
    await settle();
    fn.engine.advance(1000);
    await settle();
    assert.deepEqual(fn.answer(id), expected);
    assert.equal(fn.engine.binding.flying.size, 0);
  });
}

test('what was thrown is in the log, with its stack', async () => {
  const fn = await load("exports.main = () => { throw new RangeError('too far') }");
  const id = fn.begin();
  assert.equal(fn.logs.length, 1);
  assert.deepEqual([fn.logs[0].call, fn.logs[0].level], [id, 'error']);
  assert.match(fn.logs[0].text, /^RangeError: too far\n {4}at exports\.main \(handler\.js:1:\d+\)/);
});

test('many calls are in flight at once and each gets its own answer', async () => {
  const fn = await load('exports.main = async (e) => { await new Promise((r) => setTimeout(r, 100 - e.data.n)); return e.data }');
  const ids = [1, 2, 3].map((n) => fn.begin({ m: 'POST', k: 'json', body: JSON.stringify({ n }) }));
  assert.equal(fn.engine.binding.flying.size, 3);
  fn.engine.advance(1000);
  await settle();
  assert.deepEqual(ids.map((id) => fn.answer(id).body), ['{"n":1}', '{"n":2}', '{"n":3}']);
});

test('this is the object that holds the handler', async () => {
  const fn = await load('module.exports = { word: "yes", main() { return this.word } }');
  assert.deepEqual(await fn.call(), { r: 'text', body: 'yes' });
});

test('context is a copy for each call', async () => {
  const fn = await load('exports.main = (e, c) => { const was = { ...c }; c.timeout = 0; return was }');
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(JSON.parse((await fn.call()).body), { 'function-name': 'demo', timeout: 180 });
  }
});

test('a cancelled call sends nothing more', async () => {
  const fn = await load(`exports.main = async (e) => {
    e.extensions.request.on('close', () => console.log('closed'));
    await new Promise((r) => setTimeout(r, 10));
    return 'late';
  }`);
  const id = fn.begin();
  fn.hooks.cancel(id);
  fn.engine.advance(20);
  await settle();
  assert.equal(fn.answer(id), undefined);
  assert.deepEqual(fn.logs.map((line) => line.text), ['closed']);
});

test('log lines belong to the call that wrote them, across await and timers', async () => {
  const fn = await load(`exports.main = async (e) => {
    console.log('before', e.data);
    await null;
    console.log('after', e.data);
    setTimeout(() => console.log('timer', e.data), 10);
  }`);
  const ids = ['a', 'b'].map((body) => fn.begin({ m: 'POST', k: 'text', body }));
  await settle();
  fn.engine.advance(50);
  const lines = (id) => fn.logs.filter((line) => line.call === id).map((line) => line.text);
  assert.deepEqual(lines(ids[0]), ['before a', 'after a', 'timer a']);
  assert.deepEqual(lines(ids[1]), ['before b', 'after b', 'timer b']);
});

test('an error in a timer after the answer is logged for its call', async () => {
  const fn = await load('exports.main = () => { setTimeout(() => { throw new Error("late") }, 5); return "ok" }');
  const id = fn.begin();
  fn.engine.advance(10);
  assert.equal(fn.logs[0].call, id);
  assert.match(fn.logs[0].text, /^Uncaught Error: late\n/);
});
