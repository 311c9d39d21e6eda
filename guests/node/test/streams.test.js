'use strict';
// Bodies in pieces, both ways, within the credit that the other side gave; large ones; any cut.
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { start, Kind } = require('./harness.js');
const { CREDIT_WINDOW, Decoder, Writer } = require('../lib/frames.js');

const WINDOW = CREDIT_WINDOW;

test('a streamed answer stops where the credit ends, and goes on with it', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = async (e) => {
    const res = e.extensions.response; let drains = 0;
    res.on('drain', () => { drains++ });
    for (let i = 0; i < 10; i++) if (!res.write('x'.repeat(${WINDOW} / 2))) await new Promise((r) => res.once('drain', r));
    res.end(drains > 0 ? 'true' : 'false');
  };` });
  t.after(() => worker.stop());
  const number = worker.invoke();
  const first = await worker.next((f) => f.kind === Kind.respond && f.call === number);
  let had = first.body.length;
  const piece = (f) => f.call === number && (f.kind === Kind.respondChunk || f.kind === Kind.end);
  while (had < WINDOW) had += (await worker.next(piece)).body.length;
  assert.equal(had, WINDOW);
  // Nothing more comes without credit: a ping sent now is answered next.
  worker.send(Kind.ping, 0, 0);
  await worker.next((f) => f.kind === Kind.pong);
  assert.equal(worker.frames.some(piece), false);
  let granted = WINDOW;
  let text = '';
  for (;;) {
    if (granted === had) {
      worker.send(Kind.credit, 1, number, { n: 1000_000 });
      granted += 1000_000;
    }
    const frame = await worker.next(piece);
    if (frame.kind === Kind.end) break;
    had += frame.body.length;
    assert.ok(had <= granted);
    text = frame.body.toString();
  }
  assert.equal(had, 5 * WINDOW + 'true'.length);
  assert.match(text, /true$/);
});

/** Sends more of a request's body as the supervisor does: within the window, and with credit. */
class Sender {
  constructor(worker, number) { Object.assign(this, { worker, number, room: WINDOW, sent: 0 }); }

  /** Sends `length` bytes; gives up where the worker answers before it has taken them. */
  async send(length) {
    for (let left = length; left > 0;) {
      const count = Math.min(left, this.room, 50_000);
      if (count > 0) {
        this.worker.send(Kind.bodyChunk, 1, this.number, undefined, Buffer.alloc(count, 'y'));
        this.room -= count;
        this.sent += count;
        left -= count;
      } else {
        this.room += JSON.parse((await this.worker.next((f) => f.kind === Kind.credit && f.call === this.number)).head).n;
        assert.ok(this.room <= WINDOW);
      }
    }
  }

  end(failure) { this.worker.send(Kind.end, 1, this.number, failure); }
}

const upload = (worker, request) => new Sender(worker, worker.invoke({ method: 'POST', kind: 'stream', ...request }));

const READERS = {
  'for await': ['nodejs20', `exports.main = async (e) => {
    let n = 0; for await (const c of e.extensions.request) n += c.length;
    return [n, 'data' in e, e.extensions.request.complete];
  };`, '[2000003,false,true]'],
  'events': ['nodejs26', `exports.main = (req, res) => {
    let n = 0; req.on('data', (c) => { n += c.length }).on('end', () => res.json([n, req.body ?? null, req.complete]));
  };`, '[2000003,null,true]'],
  'pipeline into a slow writer': ['nodejs20', `const { Writable } = require('stream'); const { pipeline } = require('stream/promises');
  exports.main = async (e) => {
    let n = 0;
    await pipeline(e.extensions.request, new Writable({ highWaterMark: 1000, write(c, _, done) { n += c.length; setImmediate(done); } }));
    return [n, e.extensions.request.rawBody.length];
  };`, '[2000003,0]'],
  "an Express application of the function's own": ['nodejs26', `const app = require('express')();
    app.post('/', require('express').raw({ type: '*/*', limit: '5mb' }), (req, res) => res.json([req.body.length, Buffer.isBuffer(req.body)]));
    exports.main = app;`, '[2000003,true]', { headers: { 'content-type': 'a/b', 'content-length': '2000003' } }],
};

for (const [name, [runtime, source, expected, request]] of Object.entries(READERS)) {
  test(`a request is read while it comes, and credit follows the reader: ${name}`, async (t) => {
    const worker = await start({ 'handler.js': source }, { runtime, modules: require('node:path').join(__dirname, '..', 'node_modules') });
    t.after(() => worker.stop());
    assert.equal(worker.loaded.error, undefined);
    const sender = upload(worker, request);
    await sender.send(2_000_003);
    sender.end();
    assert.equal((await worker.answer(sender.number)).body, expected);
  });
}

test('a request that nobody reads gets no credit, and does not keep the answer', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = async (e) => {
    if (e.extensions.request.path === '/late') await new Promise((done) => setTimeout(done, 5));
    return 'unread';
  };` });
  t.after(() => worker.stop());
  for (const url of ['/', '/late']) {
    const sender = upload(worker, { url });
    await sender.send(WINDOW);
    assert.equal((await worker.answer(sender.number)).body, 'unread');
    // What was on its way is dropped, and hurts nobody.
    sender.end();
    worker.send(Kind.ping, 0, 0);
    assert.equal(JSON.parse((await worker.next((f) => f.kind === Kind.pong)).head).calls, 0);
    assert.equal(worker.frames.some((f) => f.kind === Kind.credit), false);
  }
  assert.equal((await worker.call({ kind: 'text', method: 'POST', body: 'x' })).body, 'unread');
});

test('a request that breaks off is an error on its stream', async (t) => {
  const worker = await start({ 'handler.js': "exports.main = async (e) => { try { for await (const c of e.extensions.request); return 'whole' } catch (error) { return [error.message, error.code] } };" });
  t.after(() => worker.stop());
  const sender = upload(worker);
  await sender.send(10);
  sender.end({ kind: 'bad-body', message: 'the caller left' });
  assert.equal((await worker.answer(sender.number)).body, '["the caller left","ECONNRESET"]');
});

test('a reader that outlives its call is told', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = (e) => {
    e.extensions.request.on('data', () => {}).on('error', (error) => console.log(error.message));
    e.extensions.response.status(202).end();
  };` });
  t.after(() => worker.stop());
  const sender = upload(worker);
  assert.equal((await worker.answer(sender.number)).s, 202);
  await worker.log(/^the call was answered before its body was read$/);
});

test('large bodies both ways', async (t) => {
  const worker = await start({ 'handler.js': `const big = 'ž'.repeat(25_000_000);
    exports.main = (e) => ({ '/in': () => e.data.length, '/text': () => big, '/bytes': () => Buffer.alloc(6_000_000, 'b'), '/json': () => ({ big: 'x'.repeat(5_000_000) }),
      '/end': () => { e.extensions.response.end('x'.repeat(5_000_000)) } })[e.extensions.request.path]();` });
  t.after(() => worker.stop());
  assert.equal((await worker.call({ method: 'POST', url: '/in', kind: 'binary', body: Buffer.alloc(30_000_000) })).body, '30000000');
  for (const [url, r, length] of [['/text', 'text', 50_000_000], ['/bytes', 'bytes', 6_000_000], ['/json', 'json', 5_000_010], ['/end', 'response', 5_000_000]]) {
    const { chunks, body, ...answer } = await worker.call({ url });
    assert.equal(Buffer.concat(chunks).length, length);
    assert.deepEqual([answer.r, answer.more, answer.h.slice(-2)], [r, true, ['content-length', String(length)]]);
  }
});

test('a stream that fails is broken off', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = async (e) => {
    const res = e.extensions.response; res.write('a');
    if (e.extensions.request.path === '/destroy') res.destroy(new Error('gave up')); else throw new Error('late');
  };` });
  t.after(() => worker.stop());
  assert.deepEqual((await worker.call({ url: '/destroy' })).broken, { kind: 'internal', message: 'gave up' });
  assert.deepEqual((await worker.call()).broken, { kind: 'internal', message: 'the function failed while it streamed its answer' });
});

test('the caller goes: the request is aborted, the response closes, both once', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = (e) => { const { request, response } = e.extensions;
    request.on('aborted', () => console.log('aborted')); request.on('error', (error) => console.log(error.code));
    response.on('close', () => console.log('closed', response.writableFinished)); response.write('x'); response.write('y'.repeat(1e6)) };` });
  t.after(() => worker.stop());
  const number = worker.invoke();
  await worker.next((f) => f.kind === Kind.respond && f.call === number);
  worker.send(Kind.cancel, 1, number);
  await worker.log(/^closed false$/);
  await worker.log(/^ECONNRESET$/);
  worker.send(Kind.ping, 0, 0);
  assert.equal(JSON.parse((await worker.next((f) => f.kind === Kind.pong)).head).calls, 0);
  assert.equal(worker.logs.filter((line) => line.text === 'aborted' && line.call === number).length, 1);
});

test('five thousand calls at the same time', async (t) => {
  const worker = await start({ 'handler.js': "exports.main = async (e) => { await new Promise((r) => setTimeout(r, 5)); return e.extensions.request.query.n };" });
  t.after(() => worker.stop());
  const numbers = Array.from({ length: 5000 }, (_, n) => worker.invoke({ url: `/?n=${n}` }));
  const answers = await Promise.all(numbers.map((number) => worker.answer(number)));
  assert.ok(answers.every(({ body }, n) => body === String(n)));
});

test('frames are the same however the bytes are cut', () => {
  const wire = [];
  const out = new Writer({ write: (bytes) => wire.push(Buffer.from(bytes)), writableLength: 0, cork() {}, uncork() {} });
  out.frame(Kind.invoke, 1, 2, '{"m":"GET"}', undefined);
  out.frame(Kind.respond, 7, 0xffffffff, '', 'ž');
  out.frame(Kind.bodyChunk, 1, 3, '', Buffer.alloc(70_000, 'z'));
  out.frame(Kind.ping, 0, 0, '', undefined);
  out.flush();
  const bytes = Buffer.concat(wire);
  const decoded = (cuts) => {
    const frames = [];
    const decoder = new Decoder((kind, fn, call, data, headAt, bodyAt, end) => frames.push([kind, fn, call, data.toString('utf8', headAt, bodyAt), data.subarray(bodyAt, end).toString()]));
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      decoder.push(bytes.subarray(from, to));
      from = to;
    }
    return frames;
  };
  const whole = decoded([]);
  assert.deepEqual(whole.map((f) => f.slice(0, 3)), [[Kind.invoke, 1, 2], [Kind.respond, 7, 0xffffffff], [Kind.bodyChunk, 1, 3], [Kind.ping, 0, 0]]);
  assert.equal(whole[1][4], 'ž');
  for (let at = 1; at < 90; at++) assert.deepEqual(decoded([at]), whole, `cut at ${at}`);
  for (let at = bytes.length - 20; at < bytes.length; at++) assert.deepEqual(decoded([at]), whole, `cut at ${at}`);
  assert.deepEqual(decoded(Array.from({ length: 90 }, (_, i) => i + 1)), whole);
  assert.throws(() => new Decoder(() => {}).push(Buffer.from([255, 255, 255, 255])), /frame of 4294967295 bytes/);
  assert.throws(() => new Decoder(() => {}).push(Buffer.from([13, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0])), /with a head of 9/);
});
