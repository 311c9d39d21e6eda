'use strict';
// How the worker starts, loads, logs, fails and ends.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const { test } = require('node:test');
const { start, Kind } = require('./harness.js');

// name, files, options, the answer's body
const LOADS = [
  ['.mjs with a named export', { 'handler.mjs': "import { x } from './x.mjs'; export const main = () => x;", 'x.mjs': "export const x = 'esm';" }, { entry: 'handler.mjs' }, 'esm'],
  ['"type": "module"', { 'handler.js': "import fs from 'node:fs'; export function main() { return typeof fs.readFileSync }", 'package.json': '{"type":"module"}' }, {}, 'function'],
  ['top-level await', { 'handler.mjs': "const x = await Promise.resolve('awaited'); export const main = () => x;" }, { entry: 'handler.mjs' }, 'awaited'],
  ['ES module syntax in .js', { 'handler.js': "import path from 'node:path'; export const main = () => path.sep;" }, {}, '/'],
  ['… on a Node.js that does not look for it', { 'handler.js': "import { x } from './x.js'; export const main = () => x;", 'x.js': "export const x = 'hooked';" }, { nodeArgs: ['--no-experimental-detect-module', '--no-experimental-require-module'] }, 'hooked'],
  ['export default of an object', { 'handler.mjs': "export default { main: () => 'default' };" }, { entry: 'handler.mjs' }, 'default'],
  ['module.exports = function', { 'handler.js': "module.exports = () => 'itself';" }, {}, 'itself'],
  ['this is the module', { 'handler.js': "module.exports = { x: 'mine', main() { return this.x } };" }, {}, 'mine'],
  ['process.argv, __dirname, chdir', { 'handler.js': "exports.main = () => [require('path').basename(process.argv[1]), require('fs').readFileSync('data.txt', 'utf8')].join();", 'data.txt': 'd' }, {}, 'handler.js,d'],
  ['environment', { 'handler.js': 'const early = process.env.MY; exports.main = () => early;' }, { env: { MY: 'value' } }, 'value'],
  ["require('sdk')", { 'handler.js': "const sdk = require('sdk'); exports.main = (req, res) => res.end([sdk.getFunctionName(), sdk.getNamespace(), sdk.getRuntime(), sdk.getTimeout(), sdk.getBodySizeLimit()].join());" }, { runtime: 'nodejs26' }, 'test,default,nodejs26,180,1'],
  ["import 'sdk'", { 'handler.mjs': "import { getNamespace } from 'sdk'; export const main = (req, res) => res.end(getNamespace());" }, { entry: 'handler.mjs', runtime: 'nodejs26' }, 'default'],
  ["import 'sdk' in .js", { 'handler.js': "import { getNamespace } from 'sdk'; export const main = (req, res) => res.end(getNamespace());" }, { runtime: 'nodejs26' }, 'default'],
  ['an Express application as the handler', { 'handler.js': "const app = require('express')(); app.get('/', (req, res) => res.send(req.get('host'))); module.exports = { main: app };" }, { runtime: 'nodejs26', modules: require('node:path').join(__dirname, '..', 'node_modules') }, 'h'],
];
for (const [name, files, options, body] of LOADS) {
  test(`loads: ${name}`, async (t) => {
    const worker = await start(files, options);
    t.after(() => worker.stop());
    assert.equal(worker.loaded.error, undefined);
    assert.equal((await worker.call({ headers: { host: 'h' } })).body, body);
  });
}

const FAILS = [
  ['a throw at import', { 'handler.js': "const a = 1;\nthrow new Error('at import');" }, {}, { message: 'Error: at import', file: 'handler.js', line: 2, source_line: "throw new Error('at import');" }],
  ['an end that comes too early', { 'handler.js': "exports.main = () => {\n  return (1\n" }, {}, { file: 'handler.js', line: 2, column: 12, source_line: '  return (1' }],
  ['a thrown string', { 'handler.js': "throw 'plain'" }, {}, { message: 'Uncaught plain' }],
  ['a missing package', { 'handler.js': "require('no-such-package')" }, {}, { message: "Error: Cannot find module 'no-such-package'", file: 'handler.js', line: 1 }],
  ['no such file', { 'other.js': '' }, {}, { message: 'there is no file handler.js' }],
  ['nothing exported', { 'handler.js': '' }, {}, { message: "handler.js exports no function 'main'; it exports nothing" }],
  ['no function', { 'handler.js': 'exports.main = 7' }, {}, { message: "handler.js exports no function 'main'; it exports 'main' (number)" }],
  ['sdk before its generation', { 'handler.js': "require('sdk')" }, {}, { message: "Error: Cannot find module 'sdk'" }],
  ['an ES module that throws', { 'handler.mjs': "\nexport const main = 1;\nnull.x;" }, { entry: 'handler.mjs' }, { file: 'handler.mjs', line: 3 }],
];
for (const [name, files, options, expected] of FAILS) {
  test(`does not load: ${name}`, async (t) => {
    const worker = await start(files, options);
    t.after(() => worker.stop());
    const error = worker.loaded.error ?? {};
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, error[key]])), expected, JSON.stringify(error));
    assert.equal((await worker.call()).e.kind, 'not-loaded');
  });
}

test('TypeScript, where Node.js strips types, and a sentence where it does not', async (t) => {
  const worker = await start({ 'handler.ts': 'export const main = (event: object): string => typeof event;' }, { entry: 'handler.ts' });
  t.after(() => worker.stop());
  if (process.features.typescript) assert.equal((await worker.call()).body, 'object');
  else assert.match(worker.loaded.error.message, /^handler\.ts is TypeScript, which Node\.js .* does not run by itself/);
});

test('calls that come before the function is ready wait for it', async (t) => {
  const worker = await start({ 'handler.mjs': "await new Promise((r) => setImmediate(r)); export const main = (e) => e.data;" }, { entry: 'handler.mjs', early: (w) => w.invoke({ kind: 'text', body: 'early' }) });
  t.after(() => worker.stop());
  assert.equal((await worker.answer(1)).body, 'early');
});

test('a warm worker answers a second hello and takes its function', async (t) => {
  const worker = await start({ 'handler.js': 'exports.main = (e) => e.extensions.request.path;' }, { warm: 1 });
  t.after(() => worker.stop());
  assert.equal((await worker.call({ url: '/warm' })).body, '/warm');
  worker.send(Kind.load, 2, 0, { name: 'second' });
  assert.match(JSON.parse((await worker.next((f) => f.kind === Kind.loaded)).head).error.message, /holds a function already/);
});

test('process.exit answers every call in flight, and the process ends with a code of its own', async () => {
  const worker = await start({ 'handler.js': `exports.main = (e) => { const { path } = e.extensions.request;
    if (path === '/exit') { console.log('last words'); process.stdout.write('half'); process.exit(3) }
    if (path === '/stream') { e.extensions.response.write('a'); return new Promise(() => {}) }
    return new Promise(() => {}) };` });
  const waiting = worker.invoke();
  const streaming = worker.invoke({ url: '/stream' });
  const streamed = worker.answer(streaming);
  const leaving = worker.invoke({ url: '/exit' });
  for (const number of [waiting, leaving]) {
    const answer = await worker.answer(number);
    assert.deepEqual([answer.r, answer.e], ['failed', { kind: 'exited', message: 'the function called process.exit(3)' }]);
  }
  assert.equal((await streamed).broken.kind, 'exited');
  assert.deepEqual(await worker.exited, { code: 86, signal: null });
  assert.deepEqual(worker.logs.map((line) => line.text), ['last words', 'half']);
  await worker.stop();
});

test('process.exit outside of calls is logged by the worker, since no call tells of it', async () => {
  const worker = await start({ 'handler.js': 'setTimeout(() => process.exit(4), 1); exports.main = () => 1;' });
  assert.deepEqual(await worker.exited, { code: 86, signal: null });
  assert.deepEqual(worker.logs.map((line) => [line.level, line.text]), [['error', 'the function called process.exit(4)']]);
  await worker.stop();
});

test('what goes wrong outside of calls is logged and fails nobody', async (t) => {
  const worker = await start({ 'handler.js': "setImmediate(() => { throw new Error('in module scope') }); Promise.reject('unhandled'); exports.main = () => 'fine';" });
  t.after(() => worker.stop());
  assert.equal((await worker.log(/in module scope/)).call, 0);
  await worker.log(/unhandled/);
  assert.equal((await worker.call()).body, 'fine');
});

test('what goes wrong anywhere inside a call fails that call', async (t) => {
  const worker = await start({ 'handler.js': `const never = () => new Promise(() => {});
    const ways = {
      '/stray': () => { (async () => { await null; throw new Error('stray') })(); return never(); },
      '/tick': () => { process.nextTick(() => { throw new Error('tick') }); return never(); },
      '/emitted': () => { const one = new (require('events'))(); setImmediate(() => one.emit('error', new Error('emitted'))); return never(); },
    };
    exports.main = async (e) => { await null; return ways[e.extensions.request.path]() };` });
  t.after(() => worker.stop());
  for (const way of ['stray', 'tick', 'emitted']) {
    const number = worker.invoke({ url: `/${way}` });
    assert.equal((await worker.answer(number)).r, 'thrown');
    assert.equal((await worker.log(new RegExp(way))).call, number);
  }
});

test('the function\'s own listener for unhandled rejections has them', async (t) => {
  const worker = await start({ 'handler.js': `process.on('unhandledRejection', (e) => console.log('own: ' + e.message));
    exports.main = async () => { Promise.reject(new Error('stray')); await new Promise((r) => setTimeout(r, 5)); return 'fine' };` });
  t.after(() => worker.stop());
  assert.equal((await worker.call()).body, 'fine');
  await worker.log(/^own: stray$/);
  assert.deepEqual(worker.logs.map((line) => line.text), ['own: stray']);
});

test('a rejection that is handled is no line of the log', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = async () => { const p = Promise.reject(new Error('early')); await new Promise((r) => setTimeout(r, 5));
    return p.catch((e) => e.message) };` });
  t.after(() => worker.stop());
  assert.equal((await worker.call()).body, 'early');
  assert.equal((await worker.call()).body, 'early');
  assert.deepEqual(worker.logs, []);
});

const DECLARED = [
  ['function (event, context, callback) { event.extensions.response.status(202) }', '', 202],
  ['(event, context, cb) => {}', '', undefined],
  ['(event, context, cb) => { setImmediate(() => cb("called")) }', 'called'],
  ['async (event, context, cb) => { setTimeout(() => cb("in time"), 5) }', 'in time'],
  ['function (event, context) { setImmediate(arguments[2], "by arguments") }', ''],
  ['function main(event, context, done) { const use = () => done("x"); if (event.data) use() }', ''],
];
for (const [source, body, status] of DECLARED) {
  test(`a third parameter: ${source}`, async (t) => {
    const worker = await start({ 'handler.js': `exports.main = ${source};` });
    t.after(() => worker.stop());
    const answer = await worker.call();
    assert.deepEqual([answer.body, answer.s], [body, status]);
  });
}

test('listeners for SIGTERM run before the end, and what they begin may finish', async () => {
  const worker = await start({ 'handler.js': `process.on('SIGTERM', (signal) => { console.log('closing for ' + signal); setTimeout(() => console.log('closed'), 30) });
    process.once('SIGTERM', async () => { await null; console.log('flushed') });
    exports.main = () => 'ok';` });
  await worker.call();
  worker.send(Kind.shutdown, 0, 0);
  assert.deepEqual(await worker.exited, { code: 0, signal: null });
  assert.deepEqual(worker.logs.map((line) => line.text), ['closing for SIGTERM', 'flushed', 'closed']);
  await worker.stop();
});

test('a listener for SIGTERM may fail, or end the process itself', async () => {
  const worker = await start({ 'handler.js': `process.on('SIGTERM', () => { throw new Error('in the hook') });
    process.on('SIGTERM', () => setTimeout(() => { console.log('last'); process.exit(1) }, 5));
    setInterval(() => {}, 1000); exports.main = () => 'ok';` });
  worker.send(Kind.shutdown, 0, 0);
  assert.deepEqual(await worker.exited, { code: 0, signal: null });
  assert.match(worker.logs[0].text, /in the hook/);
  assert.deepEqual(worker.logs.slice(1).map((line) => line.text), ['last']);
  await worker.stop();
});

test('a real SIGTERM is one, and ends the worker', async () => {
  const worker = await start({ 'handler.js': `let times = 0; process.on('SIGTERM', () => setTimeout(() => console.log('called ' + ++times), 5)); exports.main = () => 'ok';` });
  worker.child.kill('SIGTERM');
  assert.deepEqual(await worker.exited, { code: 0, signal: null });
  assert.deepEqual(worker.logs.map((line) => line.text), ['called 1']);
  await worker.stop();
});

test('work beside the calls is told, and what is cut off of it', async () => {
  const worker = await start({ 'handler.js': `const net = require('net');
    exports.main = (e) => { if (e.extensions.request.path === '/work') { setInterval(() => {}, 1000); net.createServer().listen(0) } return 'ok' };` });
  const working = async () => {
    worker.send(Kind.ping, 0, 0);
    return JSON.parse((await worker.next((f) => f.kind === Kind.pong)).head).working;
  };
  await worker.call();
  assert.equal(await working(), false);
  await worker.call({ url: '/work' });
  assert.equal(await working(), true);
  worker.send(Kind.shutdown, 0, 0);
  assert.deepEqual(await worker.exited, { code: 0, signal: null });
  assert.match(worker.logs[0].text, /^the instance ends with work under way: 1 (timer|server), 1 (timer|server) \(/);
  await worker.stop();
});

test('an exception after the answer is logged with its call', async (t) => {
  const worker = await start({ 'handler.js': "exports.main = () => { setTimeout(() => { throw new Error('afterwards') }, 1); return 'fine' };" });
  t.after(() => worker.stop());
  const number = worker.invoke();
  assert.equal((await worker.answer(number)).body, 'fine');
  assert.equal((await worker.log(/afterwards/)).call, number);
});

test('levels, half lines, long lines and floods', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = async (e) => {
    if (e.extensions.request.path === '/flood') { const line = 'f'.repeat(1000); for (let i = 0; i < 100_000; i++) console.log(line); return }
    console.debug('d'); console.info('i'); console.error('e'); console.trace('t'); console.log('two\\nlines'); console.log('l'.repeat(70_000));
    process.stderr.write('half'); return 'x' };` });
  t.after(() => worker.stop());
  await worker.call();
  const half = await worker.log(/^half$/);
  const seen = worker.logs.map(({ level, text }) => [level, text.split('\n')[0].slice(0, 8)]);
  assert.deepEqual(seen, [['debug', 'd'], ['info', 'i'], ['error', 'e'], ['debug', 'Trace: t'], ['info', 'two'], ['info', 'llllllll'], ['error', 'half']]);
  assert.equal(half.level, 'error');
  assert.equal(worker.logs[5].text.length, 65_536 + '… (cut)'.length);
  assert.equal((await worker.call({ url: '/flood' })).r, 'none');
  worker.send(Kind.ping, 0, 0);
  await worker.next((f) => f.kind === Kind.pong);
  const pages = Number(fs.readFileSync(`/proc/${worker.child.pid}/statm`, 'utf8').split(' ')[1]);
  assert.ok(pages * 4096 < 250e6, `${pages} pages`);
});

test('a ping is answered with what is there', async (t) => {
  const worker = await start({ 'handler.js': 'exports.main = () => new Promise(() => {});' });
  t.after(() => worker.stop());
  worker.invoke();
  worker.send(Kind.ping, 0, 0);
  const { awake, calls, heap_bytes: heap } = JSON.parse((await worker.next((f) => f.kind === Kind.pong)).head);
  assert.deepEqual([awake, calls, heap > 1e6], [1, 1, true]);
});

test('while it drains, pings and host replies are answered', async () => {
  const worker = await start({ 'handler.js': "exports.main = (e) => e.emitCloudEvent('t', '/s', 'x').then((r) => r.status);" });
  const number = worker.invoke();
  const asked = await worker.next((f) => f.kind === Kind.hostCall);
  worker.send(Kind.shutdown, 0, 0);
  worker.send(Kind.ping, 0, 0);
  await worker.next((f) => f.kind === Kind.pong);
  worker.send(Kind.hostReply, 1, number, { c: JSON.parse(asked.head).c, s: 204 });
  assert.equal((await worker.answer(number)).body, '204');
  assert.deepEqual(await worker.exited, { code: 0, signal: null });
  await worker.stop();
});

test('another version of the protocol is refused', async () => {
  const worker = await start({}, { version: 99 });
  assert.equal((await worker.exited).code, 65);
  assert.match(worker.printed, /protocol 99 is not spoken here/);
  await worker.stop();
});
