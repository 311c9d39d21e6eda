'use strict';
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { start, Kind } = require('./harness.js');

const json = { 'content-type': 'application/json' };

/** Runs `handler` (source of a CommonJS module's main) and checks each request against its answer. */
const cases = [
  ['nothing', '() => {}', {}, { r: 'none', body: '' }],
  ['null', '() => null', {}, { r: 'none', body: '' }],
  ['empty string', "() => ''", {}, { r: 'none', body: '' }],
  ['string', "() => 'Hello World!'", {}, { r: 'text', body: 'Hello World!' }],
  ['non-ASCII string', "async () => 'žluťoučký 🐎'", {}, { r: 'text', body: 'žluťoučký 🐎' }],
  ['object', "() => ({ foo: 'BAR' })", {}, { r: 'json', body: '{"foo":"BAR"}' }],
  ['zero', '() => 0', {}, { r: 'text', body: '0' }],
  ['false', '() => false', {}, { r: 'text', body: 'false' }],
  ['Buffer', "() => Buffer.from('abc')", {}, { r: 'bytes', body: 'abc' }],
  ['thrown string', "() => { throw 'no' }", {}, { r: 'throwntext', body: 'no' }],
  ['thrown error', "() => { throw new Error('secret') }", {}, { r: 'thrown', body: '' }],
  ['rejection', "async () => { throw new Error('secret') }", {}, { r: 'thrown', body: '' }],
  ['circular', '() => { const a = {}; a.a = a; return a }', {}, { r: 'thrown', body: '' }],
  ['status alone', '(e) => { e.extensions.response.status(400) }', {}, { r: 'none', s: 400, body: '' }],
  ['own answer', "(e) => { e.extensions.response.status(404).send('Arg....'); return 'ignored' }", {},
    { r: 'response', s: 404, body: 'Arg....' }],
  ['query', '(e) => e.extensions.request.query.id', { url: '/x?id=42' }, { r: 'text', body: '42' }],
  ['path and params', '(e) => [e.extensions.request.path, e.extensions.request.params[0]]', { url: '/a/b?c' },
    { r: 'json', body: '["/a/b","a/b"]' }],
  ['get and is', "(e) => [e.extensions.request.get('X-Y'), e.extensions.request.is('json')]",
    { method: 'POST', headers: { 'x-y': 'z', 'content-length': '2', ...json }, kind: 'json', body: '{}' },
    { r: 'json', body: '["z","json"]' }],
  ['JSON data', '(e) => e.data.a + 1', { method: 'POST', headers: json, kind: 'json', body: '{"a":1}' }, { r: 'text', body: '2' }],
  ['form data', '(e) => e.data', { method: 'POST', kind: 'form', body: 'a[b]=1&c=2&c=3' }, { r: 'json', body: '{"a":{"b":"1"},"c":["2","3"]}' }],
  ['text is in UTF-8, whatever its header says', '(e) => e.data',
    { method: 'POST', headers: { 'content-type': 'text/plain; charset=iso-8859-2' }, kind: 'text', body: 'žluť' }, { r: 'text', body: 'žluť' }],
  ['event for an answer, outside of an event', "(e) => { const made = e.buildResponseCloudEvent('7', 't', { a: 1 }); return [made.id, made.type, made.source, made.data.a] }",
    {}, { r: 'json', body: '["7","t","/",1]' }],
  ['bytes', '(e) => [Buffer.isBuffer(e.data), e.data.length]', { method: 'POST', kind: 'binary', body: Buffer.from([1, 2]) }, { r: 'json', body: '[true,2]' }],
  ['binary event', "(e) => [e['ce-id'], e['ce-type'], e['ce-extra'], e.data.n]",
    { method: 'POST', headers: { ...json, 'ce-id': '7', 'ce-type': 't', 'ce-extra': 'x%20y' }, kind: 'json', body: '{"n":1}' },
    { r: 'json', body: '["7","t","x y",1]' }],
  ['structured event', "(e) => [e['ce-id'], e['ce-partner'], e.data.n]",
    { method: 'POST', kind: 'event', body: '{"specversion":"1.0","id":"7","type":"t","source":"/s","partner":"p","data":{"n":1}}' },
    { r: 'json', body: '["7","p",1]' }],
  ['context', "(e, c) => [c['function-name'], c.runtime, c.timeout]", {}, { r: 'json', body: '["test","nodejs20",180]' }],
  ['the request is a stream', "async (e) => { let n = 0; for await (const c of e.extensions.request) n += c.length; return n }",
    { method: 'POST', kind: 'multipart', body: 'x'.repeat(1000) }, { r: 'text', body: '1000' }],
  ['streaming', "(e) => { const r = e.extensions.response; r.type('text/plain'); r.write('a'); setImmediate(() => { r.write('b'); r.end('c') }) }",
    {}, { r: 'response', s: 200, more: true, body: 'abc' }],
  ['pipe', "(e) => require('stream/promises').pipeline(['x', 'y'], e.extensions.response)", {}, { r: 'response', s: 200, more: true, body: 'xy' }],
  ['redirect', "(e) => { e.extensions.response.redirect('/there') }", {}, { r: 'response', s: 302 }],
  ['real prototypes', "(e) => { const { request: q, response: s } = e.extensions; const h = require('http'); return [q instanceof h.IncomingMessage, s instanceof h.ServerResponse] }",
    {}, { r: 'json', body: '[true,true]' }],
];

// All of them in one worker, one after the other: call n is for handler n, and none of them looks
// at its request for that, so that what the plain ones answer is answered on the short way.
test('return values, data, request and response', async (t) => {
  const source = `const handlers = [${cases.map(([, handler]) => handler).join(',\n')}];
let n = 0;
exports.main = (event, context) => handlers[n++](event, context);`;
  const worker = await start({ 'handler.js': source });
  t.after(() => worker.stop());
  assert.equal(worker.loaded.error, undefined);
  for (const [name, , request, expected] of cases) {
    await t.test(name, async () => {
      const answer = await worker.call(request);
      const seen = Object.fromEntries(Object.keys(expected).map((key) => [key, answer[key]]));
      assert.deepEqual(seen, expected, JSON.stringify(answer));
    });
  }
});

test('malformed bodies are refused before the function is called', async (t) => {
  const worker = await start({ 'handler.js': "exports.main = () => 'called';" });
  t.after(() => worker.stop());
  for (const [kind, body] of [['json', '{'], ['event', '[1'], ['event', '{"id":"1","datacontenttype":"application/json","data_base64":"ew=="}']]) {
    const answer = await worker.call({ method: 'POST', headers: json, kind, body });
    assert.deepEqual([answer.r, answer.e.kind], ['failed', 'bad-body']);
    assert.match(answer.e.message, /^the (body|event's data) is not valid JSON: /);
  }
});

test('the third argument sends the response', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = (e, c, done) => {
    const how = e.extensions.request.path;
    if (how === '/later') setImmediate(() => done({ a: 1 }, 201, { 'x-a': 'b' }));
    else if (how === '/twice') { done('first'); done('second'); return 'third'; }
    else if (how === '/error') setImmediate(() => done(new Error('secret')));
    else return 'returned';
  };` });
  t.after(() => worker.stop());
  for (const [url, expected] of [['/later', { r: 'json', s: 201, h: ['x-a', 'b'], body: '{"a":1}' }], ['/twice', { r: 'text', body: 'first' }], ['/', { r: 'text', body: 'returned' }], ['/error', { r: 'thrown', body: '' }]]) {
    const { chunks, ...answer } = await worker.call({ url });
    assert.deepEqual(answer, expected);
  }
});

test('ES modules and the default export load', async (t) => {
  const worker = await start({ 'handler.mjs': "import { x } from './x.mjs'; export default { main: () => x };", 'x.mjs': "export const x = 'esm';" }, { entry: 'handler.mjs' });
  t.after(() => worker.stop());
  assert.equal((await worker.call()).body, 'esm');
});

test('a syntax error is reported with its place', async (t) => {
  const worker = await start({ 'handler.js': 'module.exports = {\n  main: () => {\n    return }}}\n' });
  t.after(() => worker.stop());
  assert.deepEqual([worker.loaded.error.file, worker.loaded.error.line], ['handler.js', 3]);
  assert.match(worker.loaded.error.message, /^SyntaxError: /);
  assert.equal((await worker.call()).e.kind, 'not-loaded');
});

test('a missing handler is named, and what there is instead', async (t) => {
  const worker = await start({ 'handler.js': 'exports.other = () => 1;' });
  t.after(() => worker.stop());
  assert.equal(worker.loaded.error.message, "handler.js exports no function 'main'; it exports 'other'");
});

test('what a call prints carries its number', async (t) => {
  const worker = await start({ 'handler.js': "exports.main = async (e) => { await null; console.log('Hello', { a: 1 }); console.warn('w') };" });
  t.after(() => worker.stop());
  const number = worker.invoke();
  await worker.answer(number);
  const line = await worker.log(/^Hello/);
  assert.deepEqual([line.call, line.level, line.text], [number, 'info', 'Hello { a: 1 }']);
  assert.equal((await worker.log(/^w$/)).level, 'warn');
});

test('an exception outside of the promise fails its own call only', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = (e) => e.extensions.request.url === '/bad'
    ? new Promise(() => setImmediate(() => { throw new Error('lost') })) : 'fine';` });
  t.after(() => worker.stop());
  const bad = worker.invoke({ url: '/bad' });
  assert.equal((await worker.call({ url: '/good' })).body, 'fine');
  assert.equal((await worker.answer(bad)).r, 'thrown');
  assert.match((await worker.log(/lost/)).text, /handler\.js:2/);
});

test('a stack goes to the log, not to the caller', async (t) => {
  const worker = await start({ 'handler.js': "exports.main = () => { throw new TypeError('boom') };" });
  t.after(() => worker.stop());
  assert.equal((await worker.call()).body, '');
  assert.match((await worker.log(/boom/)).text, /TypeError: boom\n\s+at .*handler\.js:1/);
});

test('a stack names the files of the function as its author does, and none of the platform', async (t) => {
  const worker = await start({ 'handler.js': `const deep = () => { throw new Error('boom', { cause: new TypeError('why') }) };
exports.main = async (e) => { await null; if (e.extensions.request.url === '/plain') null.x; deep(); };` });
  t.after(() => worker.stop());
  await worker.call({ url: '/plain' });
  const plain = await worker.log(/TypeError/);
  assert.match(plain.text, /^TypeError: .*\n    at .*\(?handler\.js:2:\d+\)?$/);
  await worker.call({ url: '/caused' });
  const caused = (await worker.log(/boom/)).text;
  assert.match(caused, /at deep \(handler\.js:1:\d+\)/);
  assert.match(caused, /TypeError: why/);
  assert.doesNotMatch(caused, /guest\.js|frames\.js|node:/);
});

test('a printed error is shown like a thrown one', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = () => {
    console.error('failed:', new Error('boom')); };` });
  t.after(() => worker.stop());
  await worker.call();
  assert.deepEqual(worker.logs.map((line) => line.text), ['failed: Error: boom\n    at exports.main (handler.js:2:30)']);
});

test('emitCloudEvent asks the platform and settles as it answers', async (t) => {
  const worker = await start({ 'handler.js': "exports.main = (e) => e.emitCloudEvent('t', '/s', { a: 1 }).then((r) => r.status, (error) => error.message);" });
  t.after(() => worker.stop());
  for (const [reply, body] of [[{ s: 204 }, '204'], [{ s: 503, error: 'no bus' }, 'emitCloudEvent: no bus']]) {
    const number = worker.invoke();
    const asked = await worker.next((f) => f.kind === Kind.hostCall);
    const event = JSON.parse(asked.body.toString());
    assert.deepEqual([event.specversion, event.type, event.source, event.data, event.datacontenttype],
      ['1.0', 't', '/s', { a: 1 }, 'application/json']);
    worker.send(Kind.hostReply, 1, number, { c: JSON.parse(asked.head).c, ...reply });
    assert.equal((await worker.answer(number)).body, body);
  }
});

test('deprecated methods warn once', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = (e) => {
    const made = e.buildResponseCloudEvent('7', 'made', { ok: 1 });
    e.publishCloudEvent(made);
    return made; };` });
  t.after(() => worker.stop());
  for (let calls = 0; calls < 2; calls++) assert.match((await worker.call()).body, /"id":"7".*"type":"made"/);
  assert.equal(JSON.parse((await worker.next((f) => f.kind === Kind.hostCall)).body).id, '7');
  assert.deepEqual(worker.logs.map((line) => [line.level, line.text]), [
    ['warn', 'event.buildResponseCloudEvent is deprecated: use event.emitCloudEvent'],
    ['warn', 'event.publishCloudEvent is deprecated: use event.emitCloudEvent'],
  ]);
});

test('nodejs26 hands over request and response', async (t) => {
  const worker = await start({ 'handler.js': "exports.main = (req, res) => { res.json({ q: req.query.q }); return 'ignored' };" }, { runtime: 'nodejs26' });
  t.after(() => worker.stop());
  assert.equal((await worker.call({ url: '/?q=1' })).body, '{"q":"1"}');
});

test('a cancelled call sends nothing more, and its stream closes', async (t) => {
  const worker = await start({ 'handler.js': "exports.main = (e) => { const r = e.extensions.response; r.on('close', () => console.log('closed')); r.write('x') };" });
  t.after(() => worker.stop());
  const number = worker.invoke();
  await worker.next((f) => f.kind === Kind.respond && f.call === number);
  worker.send(Kind.cancel, 1, number);
  await worker.log(/^closed$/);
});

test('shutdown lets the calls in flight finish, then leaves with 0', async () => {
  const worker = await start({ 'handler.js': "let go; exports.main = (e) => e.extensions.request.url === '/go' ? (go(), 'gone') : new Promise((r) => { go = () => r('late') });" });
  const slow = worker.invoke();
  worker.send(Kind.shutdown, 0, 0);
  const last = worker.invoke({ url: '/go' });
  assert.equal((await worker.answer(last)).body, 'gone');
  assert.equal((await worker.answer(slow)).body, 'late');
  assert.deepEqual(await worker.exited, { code: 0, signal: null });
  await worker.stop();
});
