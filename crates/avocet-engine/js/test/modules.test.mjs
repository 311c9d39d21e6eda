// Built-in modules, as far as one expression does not show them (see tables/).
import assert from 'node:assert/strict';
import test from 'node:test';
import { boot, settle } from './harness.mjs';

test('promisify, callbackify and timers/promises', async () => {
  const engine = boot({ files: { 'main.js': `
    const { promisify, callbackify } = require('util');
    const out = exports.out = [];
    promisify((a, done) => done(null, a + 1))(1).then((v) => out.push(v));
    promisify((done) => done(new Error('no')))().catch((e) => out.push(e.message));
    callbackify(async (a) => a * 2)(4, (error, v) => out.push(error, v));
    promisify(setTimeout)(10, 'slept').then((v) => out.push(v));
    const controller = new AbortController();
    require('timers/promises').setTimeout(10, 'x', { signal: controller.signal }).catch((e) => out.push(e.name));
    controller.abort();
    require('events').once(Object.assign(new (require('events'))(), {}), 'x', { signal: AbortSignal.abort('gone') }).catch((e) => out.push(e));` } });
  const { out } = engine.hooks.requireFile('main.js');
  await settle();
  engine.advance(20);
  await settle();
  assert.deepEqual(Array.from(out).sort(), [2, 8, 'AbortError', 'gone', 'no', null, 'slept'].sort());
});

test('a module whose body failed is tried again, a JSON error names its file', () => {
  const engine = boot({ files: {
    'main.js': `let first; try { require('./bad') } catch (e) { first = e.message }
      let second; try { require('./bad') } catch (e) { second = e.message }
      let third; try { require('./data.json') } catch (e) { third = e.message }
      exports.out = [first, second, third];`,
    'bad.js': "globalThis.times = (globalThis.times ?? 0) + 1; throw new Error('bad ' + times)",
    'data.json': '{',
  } });
  const [first, second, third] = engine.hooks.requireFile('main.js').out;
  assert.deepEqual([first, second], ['bad 1', 'bad 2']);
  assert.match(third, /^data\.json: /);
});

test('import gets built-in modules and the reason why one is missing', () => {
  const { hooks } = boot();
  assert.equal(typeof hooks.builtin('node:util').inspect, 'function');
  assert.equal(hooks.builtin('fs'), undefined);
  assert.match(hooks.missing('node:http', 'a.mjs').message, /^Cannot find module 'node:http': functions on runtime v8 have no HTTP client or server module; use runtime nodejs22$/);
});
