'use strict';
// What functions do that they should not: a defined answer, a line with the cause, and the worker goes on.
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { start } = require('./harness.js');

const SOURCE = `
const { Readable } = require('node:stream');
const cases = {
  stream: () => Readable.from(['one,', 'two']),
  'stream with status': (req, res) => { res.status(202).type('text'); return Readable.from(['made']); },
  'web stream': () => new Blob(['from the web']).stream(),
  'stream that fails': () => new Readable({ read() { this.destroy(new Error('the source broke')); } }),
  'stream that fails later': () => Readable.from((async function* () { yield 'begun'; throw new Error('the source broke off'); })()),
  'the response itself': (req, res) => res.status(400),
  'send twice': (req, res) => { res.send('first'); res.send('second'); },
  'write after end': (req, res) => { res.end('x'); res.write('y'); },
  'write after end, heard': (req, res) => { res.on('error', (error) => console.log('heard', error.code)); res.end('x'); res.write('y'); },
  'callback twice': (req, res, callback) => { callback('a'); callback('b'); },
  'request socket': (req) => { req.socket.destroy(); },
  'response socket': (req, res) => { res.socket.end(); return 'ignored'; },
  'connection while streaming': (req, res) => { res.write('begun'); req.socket.destroy(); },
  big: () => 'x'.repeat(50 * 1024 * 1024),
  symbol: () => Symbol('s'),
  fine: () => 'fine',
};
exports.main = (event, context, callback) => {
  const { request, response } = event.extensions;
  return cases[decodeURIComponent(request.path.slice(1))](request, response, callback);
};`;

// the case, the answer, a line of the log
const CASES = [
  ['stream', { r: 'response', body: 'one,two' }],
  ['stream with status', { s: 202, body: 'made' }],
  ['web stream', { body: 'from the web' }],
  ['stream that fails', { r: 'failed', e: { kind: 'internal', message: 'the source broke' } }, /the source broke/],
  ['stream that fails later', { body: 'begun', broken: { kind: 'internal', message: 'the source broke off' } }, /the source broke off/],
  ['the response itself', { r: 'none', s: 400, body: '' }],
  ['send twice', { r: 'response', body: 'first' }, /Cannot set headers after they are sent/],
  ['write after end', { body: 'x' }, /write after end/],
  ['write after end, heard', { body: 'x' }, /heard ERR_STREAM_WRITE_AFTER_END/],
  ['callback twice', { r: 'text', body: 'a' }],
  ['request socket', { r: 'failed', e: { kind: 'internal', message: 'the function closed the connection' } }],
  ['response socket', { r: 'failed', e: { kind: 'internal', message: 'the function closed the connection' } }],
  ['connection while streaming', { body: 'begun', broken: { kind: 'internal', message: 'the function closed the connection' } }],
  ['symbol', { r: 'thrown' }, /returned a symbol/],
];

for (const [name, expected, line] of CASES) {
  test(`a handler's ${name}`, async (t) => {
    const worker = await start({ 'handler.js': SOURCE });
    t.after(() => worker.stop());
    const answer = await worker.call({ url: `/${encodeURIComponent(name)}` });
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, answer[key]])), expected);
    if (line !== undefined) await worker.log(line);
    assert.equal((await worker.call({ url: '/fine' })).body, 'fine');
  });
}

test('a string of 50 MiB arrives whole', async (t) => {
  const worker = await start({ 'handler.js': SOURCE });
  t.after(() => worker.stop());
  assert.equal((await worker.call({ url: '/big' })).body.length, 50 * 1024 * 1024);
});

// How the process ends right after it printed.
const ENDS = ['for (;;);', 'process.abort()', "process.kill(process.pid, 'SIGKILL')", 'process.kill(0)'];
for (const end of ENDS) {
  test(`what is printed before ${end} is in the log`, async (t) => {
    const half = end.startsWith('for') ? '' : "process.stdout.write('half a line');";
    const worker = await start({ 'handler.js': `exports.main = () => { console.log('last words'); ${half} ${end} };` }, { prefix: ['setsid'] });
    t.after(() => {
      worker.child.kill('SIGKILL');
      return worker.stop();
    });
    worker.invoke();
    assert.equal((await worker.log(/last words/)).level, 'info');
    if (half !== '') await worker.log(/half a line/);
  });
}

// Each way to start a program that reads its input to the end.
const PROGRAMS = {
  spawn: "new Promise((done) => spawn('cat', { stdio: 'inherit' }).on('close', (code) => done(`ended ${code}`)))",
  'spawn with a list': "new Promise((done) => spawn('cat', [], { stdio: [process.stdin, 'ignore', 2] }).on('close', (code) => done(`ended ${code}`)))",
  execSync: "(execSync('cat', { stdio: 'inherit' }), 'ended 0')",
  execFileSync: "(execFileSync('cat', { stdio: [0, 'pipe', 'inherit'] }), 'ended 0')",
  'process.stdin': "process.stdin.toArray().then((parts) => `ended ${parts.length}`)",
  spawnSync: "`ended ${spawnSync('cat', { stdio: 'inherit' }).status}`",
};
for (const [name, start_] of Object.entries(PROGRAMS)) {
  test(`${name}: a program does not read the supervisor's socket`, async (t) => {
    const source = `import { spawn, spawnSync, execSync, execFileSync } from 'node:child_process'; export const main = (e) => ${start_};`;
    const worker = await start({ 'handler.mjs': source }, { entry: 'handler.mjs' });
    t.after(() => worker.stop());
    assert.equal((await worker.call()).body, 'ended 0');
  });
}

test('a flood of lines is bounded and says what is missing', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = (e) => {
    if (e.extensions.request.path === '/flood') for (let i = 0; i < 2e4; i++) console.log('x'.repeat(2000));
    return 'done'; };` });
  t.after(() => worker.stop());
  assert.equal((await worker.call({ url: '/flood' })).body, 'done');
  const kept = () => worker.logs.filter((line) => line.text.startsWith('xxx')).length;
  const told = () => worker.logs.map((line) => /^(\d+) lines were dropped/.exec(line.text)?.[1] ?? 0);
  const dropped = () => told().reduce((sum, lines) => sum + Number(lines), 0);
  // What is missing is told as soon as there is room.
  while (kept() + dropped() < 2e4) await worker.call();
  assert.equal(kept() + dropped(), 2e4);
  assert.ok(dropped() > 0, 'more than the bound was printed');
});
