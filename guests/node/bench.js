'use strict';
// Drives the worker alone over its socket, 64 calls outstanding, the worker pinned to one core:
//
//     node bench.js [case…] [--seconds N]
//
// Prints calls per second, processor time of the worker per call (all its threads; the figure that
// other load on the machine does not move) and its memory. The driver builds its frames once.
const fs = require('node:fs');
const { start, Kind } = require('./test/harness.js');

const OUTSTANDING = 64;
const CORE = process.env.BENCH_CORE ?? '1';

const browser = ['host', 'orders.local:8080', 'user-agent', 'bench/1.0', 'accept', '*/*'];
const cloudEvent = [
  ...browser, 'content-type', 'application/json', 'content-length', '126', 'ce-id', 'A234-1234-1234',
  'ce-type', 'order.created.v1', 'ce-source', '/shop/orders', 'ce-specversion', '1.0', 'ce-time', '2026-01-05T17:31:00Z',
];
const order = JSON.stringify({ id: 'o-1', items: [{ sku: 'a', n: 1 }, { sku: 'b', n: 2 }], total: 12.5, customer: 'c-17', note: 'leave at the door' });
const text = { h: browser, m: 'GET', k: 'none' };
const event = { h: cloudEvent, m: 'POST', k: 'json', body: order };
const ORDER = "(event) => ({ ok: true, id: event['ce-id'], items: event.data.items.length })";

const cases = {
  text: { main: "() => 'Hello World'", ...text },
  event: { main: ORDER, ...event },
  'async text': { main: "async () => 'Hello World'", ...text },
  'awaiting event': { main: `async (event) => { await null; return (${ORDER})(event) }`, ...event },
  query: { main: '(event) => event.extensions.request.query.id', ...text },
  'res.json': { main: '(event) => { event.extensions.response.status(201).json({ ok: true }) }', ...text },
  'spans: text': { main: "() => 'Hello World'", ...text, env: { TRACE_COLLECTOR_ENDPOINT: 'http://127.0.0.1:9/' } },
  'spans: event': { main: ORDER, ...event, env: { TRACE_COLLECTOR_ENDPOINT: 'http://127.0.0.1:9/' } },
  'spans: own span': {
    main: "(event) => { const s = event.tracer.startSpan('work'); s.setAttribute('a', 1); s.end(); return 'Hello World' }",
    ...text, env: { TRACE_COLLECTOR_ENDPOINT: 'http://127.0.0.1:9/' },
  },
};

function processorTime(pid) {
  let total = 0;
  for (const task of fs.readdirSync(`/proc/${pid}/task`)) {
    total += Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  }
  return total;
}

const residentMb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

function invokeFrame({ m, h, k, body = '' }) {
  const head = JSON.stringify({ m, u: '/?id=42', h, k, ip: '127.0.0.1' });
  const frame = Buffer.alloc(17 + head.length + body.length);
  frame.writeUInt32LE(frame.length - 4, 0);
  frame[4] = Kind.invoke;
  frame.writeUInt32LE(1, 9);
  frame.writeUInt32LE(head.length, 13);
  frame.write(head + body, 17, 'latin1');
  return frame;
}

/** Counts answers and sends one call for each, as soon as they come. */
function drive(socket, frame) {
  let number = 0;
  let rest = Buffer.alloc(0);
  const counted = { answers: 0 };
  const send = (count) => {
    const out = Buffer.allocUnsafe(frame.length * count);
    for (let i = 0; i < count; i++) {
      frame.copy(out, i * frame.length);
      out.writeUInt32LE(++number >>> 0, i * frame.length + 5);
    }
    socket.write(out);
  };
  socket.removeAllListeners('data');
  socket.on('data', (bytes) => {
    const data = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let at = 0;
    let answers = 0;
    while (data.length - at >= 4 && data.length - at >= 4 + data.readUInt32LE(at)) {
      if (data[at + 4] === Kind.respond) answers++;
      at += 4 + data.readUInt32LE(at);
    }
    rest = data.subarray(at);
    counted.answers += answers;
    if (answers > 0 && !counted.stopped) send(answers);
  });
  send(OUTSTANDING);
  return counted;
}

const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function measure(name, { main, env, ...request }, seconds) {
  const begun = performance.now();
  const worker = await start({ 'handler.js': `exports.main = ${main};` }, { env, prefix: ['taskset', '-c', CORE] });
  const started = performance.now() - begun;
  const { pid } = worker.child;
  const idle = residentMb(pid);
  const counted = drive(worker.socket, invokeFrame(request));
  await wait(1);
  const [answers, time, at] = [counted.answers, processorTime(pid), performance.now()];
  await wait(seconds);
  const calls = counted.answers - answers;
  const used = (processorTime(pid) - time) / 1000 / calls;
  const rate = calls / ((performance.now() - at) / 1000);
  counted.stopped = true;
  console.log(`${name.padEnd(18)} ${Math.round(rate).toString().padStart(8)} calls/s  ${used.toFixed(2).padStart(7)} µs/call  `
    + `ready ${Math.round(started)} ms  idle ${idle.toFixed(1)} MB  loaded ${residentMb(pid).toFixed(1)} MB`);
  await worker.stop();
}

async function main() {
  const args = process.argv.slice(2);
  const at = args.indexOf('--seconds');
  const seconds = at < 0 ? 3 : Number(args.splice(at, 2)[1]);
  for (const [name, one] of Object.entries(cases)) {
    if (args.length === 0 || args.includes(name)) await measure(name, one, seconds);
  }
}

main();
