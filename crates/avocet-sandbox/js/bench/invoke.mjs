// What one call costs in JavaScript, without the native side: `node bench/invoke.mjs`.
// The operations do nothing, so the figures are a lower bound of the real ones.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { exit, hrtime } from 'node:process';
import { fileURLToPath } from 'node:url';

// The engine puts its own in place of these.
const { Buffer, TextEncoder, TextDecoder, console: { log } } = globalThis;
const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const engine = path.join(folder, '../../avocet-engine/js');

const order = JSON.stringify({ orderId: 'A-1001', items: [{ sku: 'a', n: 1 }, { sku: 'b', n: 2 }], total: 42.5 });
const common = ['host', 'localhost:8080', 'user-agent', 'wrk/4.2', 'accept', '*/*'];
const event = [
  ...common, 'content-type', 'application/json', 'content-length', String(order.length), 'ce-specversion', '1.0',
  'ce-id', 'a7f3-41e2-99b1', 'ce-type', 'order.created.v1', 'ce-source', '/shop', 'ce-time', '2024-05-01T12:00:00Z',
];
const CASES = [
  ['text, event not looked at', "exports.main = () => 'Hello World'", 'GET', common, 'none', ''],
  ['json, event not looked at', "exports.main = () => ({ ok: true })", 'GET', common, 'none', ''],
  ['async text', "exports.main = async () => 'Hello World'", 'GET', common, 'none', ''],
  ['CloudEvent: ce-id and data', "exports.main = (event) => ({ ok: true, id: event['ce-id'], n: event.data.items.length })", 'POST', event, 'json', order],
  ['query and response', "exports.main = (event) => { const { request, response } = event.extensions; response.status(201).json({ id: request.query.id }) }", 'GET', common, 'none', ''],
];

function boot(source) {
  let body = '';
  let sink = 0;
  const count = () => { sink += 1; };
  const ops = {
    print: count, timer_start: count, timer_stop: count, now: () => 0, random_fill: count, digest: count,
    utf8_encode: (text) => encoder.encode(text).buffer, utf8_decode: (view) => decoder.decode(view),
    latin1_decode: (view) => Buffer.from(view).toString('latin1'),
    module_kind: () => 'commonjs', module_read: () => source,
    module_compile: (file, text) => new Function('exports', 'require', 'module', '__filename', '__dirname', text),
    body_text: () => body, respond_none: count, respond_text: count, respond_json: count, respond_bytes: count,
    respond: count, respond_failed: count, respond_chunk: count, respond_end: count, log: (call, level, line) => log(line), span: count,
    current_call: () => 0,
  };
  const binding = { ops, hooks: {} };
  for (const place of [engine, folder]) {
    for (const file of readFileSync(path.join(place, 'files.txt'), 'utf8').split('\n').filter(Boolean)) {
      (0, eval)(readFileSync(path.join(place, file), 'utf8'))(binding);
    }
  }
  binding.hooks.start();
  binding.hooks.load(JSON.stringify({ name: 'f', entry: 'handler.js', export: 'main', env: {}, context: { 'function-name': 'f', namespace: 'n', runtime: 'v8', timeout: 180 } }));
  return { hooks: binding.hooks, setBody(text) { body = text; }, answered: () => sink };
}

for (const [name, source, method, headers, kind, body] of CASES) {
  const { hooks, setBody, answered } = boot(source);
  setBody(body);
  const head = Buffer.from(JSON.stringify({ m: method, u: '/orders?id=7', h: headers, k: kind, ip: '127.0.0.1' })).toString('latin1');
  let best = Infinity;
  let id = 0;
  // Many short rounds: the best of them is one in which nothing else ran.
  for (let round = 0; round < 100; round++) {
    const calls = 8_192;
    const start = hrtime.bigint();
    for (let i = 0; i < calls; i += 64) {
      for (let j = 0; j < 64; j++) hooks.invoke(++id, head, body.length);
      if (name.startsWith('async')) await null;
    }
    best = Math.min(best, Number(hrtime.bigint() - start) / calls);
  }
  log(`${name.padEnd(28)} ${best.toFixed(0).padStart(6)} ns/call   ${answered()} answers`);
}
exit(0);
