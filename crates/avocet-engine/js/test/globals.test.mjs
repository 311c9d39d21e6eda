// Web globals, as far as one expression does not show them (see tables/).
import assert from 'node:assert/strict';
import test from 'node:test';
import { boot, settle } from './harness.mjs';

test('globals do not show and can be replaced', () => {
  const engine = boot();
  engine.run('delete globalThis.Proxy');
  assert.equal(engine.run('Object.keys(globalThis).length'), 0);
  assert.equal(engine.run("globalThis.URL = 5; [URL, Object.getOwnPropertyDescriptor(globalThis, 'URL').writable].join()"), '5,true');
});

test('subtle.digest', async () => {
  const engine = boot();
  engine.run("crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc')).then((d) => { globalThis.out = Buffer.from(d).toString('hex') })");
  engine.run("crypto.subtle.digest('MD5', new Uint8Array()).catch((e) => { globalThis.refused = e.name })");
  await settle();
  assert.equal(engine.run('out'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(engine.run('refused'), 'NotSupportedError');
});

test('timers fire in order and can be stopped', () => {
  const engine = boot();
  engine.run(`
    globalThis.seen = [];
    setTimeout((a, b) => seen.push(a + b), 20, 'x', 'y');
    setTimeout(() => seen.push('first'), 10);
    const stopped = setTimeout(() => seen.push('never'), 5);
    clearTimeout(stopped);
    clearTimeout(undefined); clearTimeout(99); clearTimeout(String(stopped));
    const every = setInterval(() => { if (seen.push('tick') > 4) clearInterval(every) }, 8);
    setImmediate(() => seen.push('now'));`);
  engine.advance(100);
  assert.deepEqual(Array.from(engine.run('seen')), ['now', 'tick', 'first', 'tick', 'xy', 'tick']);
  assert.equal(engine.clock.deadlines.size, 0);
  assert.throws(() => engine.run('setTimeout("text")'), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('errors that nobody caught are reported, or go to the listeners of process', () => {
  const engine = boot();
  engine.run("setTimeout(() => { throw new Error('in a timer') }, 1)");
  engine.advance(5);
  assert.match(engine.printed[0][1], /^Uncaught Error: in a timer\n {4}at /);
  assert.equal(engine.hooks.uncaught('reason', 'unhandledRejection'), false);
  assert.deepEqual(engine.printed[1], ['error', "Unhandled rejection: 'reason'"]);
  engine.run("globalThis.taken = []; process.on('uncaughtException', (e, origin) => taken.push([e, origin]))");
  assert.equal(engine.hooks.uncaught(1, 'uncaughtException'), true);
  assert.equal(engine.hooks.uncaught(2, 'unhandledRejection'), true);
  engine.run("process.on('unhandledRejection', (e) => { throw new Error('again') })");
  assert.equal(engine.hooks.uncaught(3, 'unhandledRejection'), false);
  assert.equal(JSON.stringify(engine.run('taken')), '[[1,"uncaughtException"],[2,"unhandledRejection"]]');
  assert.match(engine.printed[2][1], /^Uncaught Error: again/);
});

test('an error is reported with what the engine knows of its place', () => {
  const engine = boot({ ops: () => ({ error_report: (error) => `a.js:1:2\n x\n ^\n${error.stack}` }) });
  engine.run("setTimeout(() => { throw Object.assign(new Error('e'), { code: 'C' }) }, 1); setTimeout(() => { throw 'text' }, 2)");
  engine.advance(5);
  assert.match(engine.printed[0][1], /^a\.js:1:2\n x\n \^\nUncaught Error: e\n {4}at [^]*\{\n {2}code: 'C'\n\}$/);
  assert.equal(engine.printed[1][1], "Uncaught 'text'");
});

test('queueMicrotask and nextTick run later and report errors', async () => {
  const engine = boot();
  engine.run("globalThis.seen = []; process.nextTick((x) => seen.push(x), 'tick'); queueMicrotask(() => { seen.push('micro'); throw new Error('m') }); seen.push('sync')");
  await settle();
  assert.deepEqual(Array.from(engine.run('seen')), ['sync', 'tick', 'micro']);
  assert.match(engine.printed[0][1], /^Uncaught Error: m/);
});
