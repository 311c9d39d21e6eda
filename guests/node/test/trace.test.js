'use strict';
// event.tracer, the span of the invocation, and the context that comes in and goes out.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { test, before, after, describe } = require('node:test');
const { start, Kind } = require('./harness.js');

const MODULES = path.join(__dirname, '..', 'node_modules');
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const trace = { id: TRACE, span: PARENT, sampled: true };
const data = (name) => JSON.parse(fs.readFileSync(path.join(__dirname, `../../../tests/traces/${name}.json`), 'utf8'));

const FUNCTION = `const { trace, context, propagation } = require('@opentelemetry/api');
const http = require('http');
const ids = (span) => { const { traceId, spanId, traceFlags } = span.spanContext(); return [traceId, spanId, traceFlags] };
const answer = (request) => new Promise((resolve) => request.on('response', (r) => { let t = ''; r.on('data', (c) => t += c).on('end', () => resolve(JSON.parse(t))) }));
const handlers = {
  '/active': () => ids(trace.getActiveSpan()),
  '/work': (e) => e.tracer.startActiveSpan('outer', { kind: 2, attributes: { a: 'x', n: 1 } }, async (outer) => {
    e.tracer.startSpan('before').end();
    await new Promise((r) => setTimeout(r, 1));
    trace.getTracer('mine').startSpan('after').end();
    outer.addEvent('e1', { k: 1 }); outer.recordException(new TypeError('bad')); outer.setStatus({ code: 2, message: 'failed' });
    outer.setAttributes({ f: 1.5, b: true, list: ['p', 'q'] }); outer.end();
    return ids(outer);
  }),
  '/server': () => { trace.getActiveSpan().updateName('renamed').setAttribute('mine', 7).addEvent('e'); return 'x' },
  '/attribute': (e) => { trace.getActiveSpan().setAttribute('a', eval(e.extensions.request.query.value)) },
  '/throw': () => { throw new Error('no') },
  '/baggage': () => propagation.getActiveBaggage().getEntry('user').value,
  '/http': async (e) => answer(http.get(process.env.TARGET)),
  '/http-list': async (e) => answer(http.get(process.env.TARGET, { headers: ['Host', 'x', 'X-Own', '1'] })),
  '/own': async (e) => answer(http.request(process.env.TARGET, { headers: { traceparent: 'mine' } }).end()),
  '/fetch': async (e) => (await fetch(process.env.TARGET)).json(),
  '/fetch-in-span': (e) => e.tracer.startActiveSpan('client', async (span) => { const got = await (await fetch(process.env.TARGET)).json(); span.end(); return [got, span.spanContext().spanId] }),
  '/emit': (e) => e.emitCloudEvent('t', '/s', 1).then((r) => r.status),
};
exports.main = (e) => handlers[e.extensions.request.path](e);`;

describe('tracing is on', () => {
  let worker;
  let echo;
  before(async () => {
    echo = http.createServer((req, res) => res.end(JSON.stringify(req.headers)));
    await new Promise((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const env = { TRACE_COLLECTOR_ENDPOINT: 'http://127.0.0.1:9/', TARGET: `http://127.0.0.1:${echo.address().port}/` };
    worker = await start({ 'handler.js': FUNCTION }, { env, modules: MODULES });
    assert.equal(worker.loaded.error, undefined);
  });
  after(async () => {
    echo.close();
    await worker.stop();
  });

  /** The answer of a call and its spans, the server's last. */
  async function traced(url, request = {}) {
    const number = worker.invoke({ url, ...request });
    const spans = [];
    const answer = await worker.answer(number);
    do {
      const frame = await worker.next((f) => f.kind === Kind.span && f.call === number);
      spans.push(JSON.parse(frame.head));
    } while (spans.at(-1).kind !== 2);
    return { answer, spans, server: spans.at(-1), json: () => JSON.parse(answer.body) };
  }

  test('one server span for each invocation', async () => {
    const { server, json } = await traced('/active');
    const [traceId, spanId, flags] = json();
    assert.deepEqual([server.traceId, server.spanId, flags, server.parentSpanId, server.name, server.scope], [traceId, spanId, 1, undefined, 'GET test', 'io.kyma-project.serverless']);
    assert.deepEqual(server.attributes, [{ key: 'http.response.status_code', value: { intValue: 200 } }]);
    assert.ok(BigInt(server.endTimeUnixNano) >= BigInt(server.startTimeUnixNano));
    assert.ok(Math.abs(Number(BigInt(server.startTimeUnixNano) / 1_000_000n) - Date.now()) < 600_000);
  });

  test('the caller is its parent', async () => {
    const { server } = await traced('/active', { trace: { ...trace, state: 'a=b' } });
    assert.deepEqual([server.traceId, server.parentSpanId, server.traceState], [TRACE, PARENT, 'a=b']);
  });

  for (const { name, headers, trace: given, span } of data('contexts')) {
    test(`the invocation's span is in the trace that the platform names, whatever the headers say: ${name}`, async () => {
      const request = { url: '/active', headers, trace: given ?? undefined };
      if (span === null) {
        const [traceId, , flags] = JSON.parse((await worker.call(request)).body);
        assert.deepEqual([traceId === given.id || given.id === undefined, flags], [true, 0]);
        assert.equal(worker.frames.filter((f) => f.kind === Kind.span).length, 0);
        return;
      }
      const { server } = await traced('/active', request);
      assert.deepEqual([server.parentSpanId, server.traceState], [span.parentSpanId, span.traceState]);
      if (span.traceId === undefined) assert.match(server.traceId, /^[0-9a-f]{32}$/);
      else assert.equal(server.traceId, span.traceId);
    });
  }

  for (const { name, javascript, otlp } of data('attributes').filter((row) => row.javascript !== undefined)) {
    test(`the form of an attribute: ${name}`, async () => {
      const { server } = await traced(`/attribute?value=${encodeURIComponent(javascript)}`);
      assert.deepEqual(server.attributes.slice(1), otlp === null ? [] : [{ key: 'a', value: otlp }]);
    });
  }

  test('what the function sets on it', async () => {
    const { server } = await traced('/server');
    assert.equal(server.name, 'renamed');
    assert.deepEqual(server.attributes[1], { key: 'mine', value: { intValue: 7 } });
    assert.equal(server.events[0].name, 'e');
  });

  test('a failed call', async () => {
    const { server } = await traced('/throw');
    assert.deepEqual([server.status, server.attributes[0].value.intValue], [{ code: 2 }, 500]);
  });

  test('spans of event.tracer and of the global API are children, across await', async () => {
    const { spans, server, json } = await traced('/work', { trace });
    const outer = spans.find((s) => s.name === 'outer');
    const id = json()[1];
    assert.deepEqual(spans.map((s) => [s.name, s.parentSpanId, s.scope]), [
      ['before', id, 'io.kyma-project.serverless'], ['after', id, 'mine'], ['outer', server.spanId, 'io.kyma-project.serverless'], ['GET test', PARENT, 'io.kyma-project.serverless']]);
    assert.ok(spans.every((s) => s.traceId === TRACE));
    assert.deepEqual([outer.kind, outer.status], [3, { code: 2, message: 'failed' }]);
    assert.deepEqual(outer.attributes.slice(0, 4), [
      { key: 'a', value: { stringValue: 'x' } }, { key: 'n', value: { intValue: 1 } }, { key: 'f', value: { doubleValue: 1.5 } }, { key: 'b', value: { boolValue: true } }]);
    assert.deepEqual(outer.events.map((e) => e.name), ['e1', 'exception']);
  });

  test('baggage comes in', async () => {
    assert.equal((await traced('/baggage', { trace: { ...trace, baggage: 'user=ada' } })).answer.body, 'ada');
  });

  for (const url of ['/http', '/fetch']) {
    test(`${url.slice(1)} carries the context in W3C and B3 headers`, async () => {
      const { server, json } = await traced(url, { trace: { ...trace, state: 'a=b', baggage: 'user=ada' } });
      const got = json();
      assert.deepEqual([got.traceparent, got.tracestate, got.baggage, got['x-b3-traceid'], got['x-b3-spanid'], got['x-b3-sampled']],
        [`00-${TRACE}-${server.spanId}-01`, 'a=b', 'user=ada', TRACE, server.spanId, '1']);
    });
  }

  test('inside a span of its own, a request carries that', async () => {
    const { json } = await traced('/fetch-in-span', { trace });
    const [got, spanId] = json();
    assert.deepEqual([got.traceparent, got['x-b3-spanid']], [`00-${TRACE}-${spanId}-01`, spanId]);
  });

  test('what the function set itself stays, and headers as a list do no harm', async () => {
    assert.equal((await traced('/own')).json().traceparent, 'mine');
    assert.equal((await traced('/http-list')).json()['x-own'], '1');
  });

  test('an unsampled caller makes no spans, and goes on as such', async () => {
    const answer = await worker.call({ url: '/http', trace: { ...trace, sampled: false } });
    const got = JSON.parse(answer.body);
    assert.match(got.traceparent, new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    assert.equal(got['x-b3-sampled'], '0');
    assert.equal(worker.frames.filter((f) => f.kind === Kind.span).length, 0);
  });

  test('published events say where they come from', async () => {
    const number = worker.invoke({ url: '/emit', trace });
    const asked = JSON.parse((await worker.next((f) => f.kind === Kind.hostCall)).head);
    assert.match(asked.traceparent, new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    worker.send(Kind.hostReply, 1, number, { c: asked.c, s: 204 });
    assert.equal((await worker.answer(number)).body, '204');
  });
});

test('tracing is off: the tracer works, nothing is sent, the context is handed on', async (t) => {
  const worker = await start({ 'handler.js': `exports.main = async (e) => { const span = e.tracer.startSpan('s'); const c = span.spanContext(); span.end();
    return [c.traceId, span.isRecording(), (await e.tracer.startActiveSpan('t', async (s) => { await null; s.end(); return s.spanContext().traceId }))] }` });
  t.after(() => worker.stop());
  const [id, recording, again] = JSON.parse((await worker.call({ trace: { ...trace, sampled: false } })).body);
  assert.deepEqual([id, recording, again], [TRACE, false, TRACE]);
  assert.equal(worker.frames.filter((f) => f.kind === Kind.span).length, 0);
});

test('the API of the function may be of a later 1.x than ours', async (t) => {
  const worker = await start({ 'handler.js': "exports.main = (e) => { e.tracer; return globalThis[Symbol.for('opentelemetry.js.api.1')].version };" });
  t.after(() => worker.stop());
  assert.match((await worker.call()).body, /^1\.\d{3}\./);
});

test('sdk: tracer and events', async (t) => {
  const worker = await start({ 'handler.js': `const sdk = require('sdk');
exports.main = (req, res) => { const event = sdk.getCloudEvent(req); res.json([event, event?.id, typeof sdk.getTracer().startSpan]) };` }, { runtime: 'nodejs26' });
  t.after(() => worker.stop());
  const headers = { 'content-type': 'application/json', 'ce-id': '7', 'ce-type': 't', 'ce-source': '/s', 'ce-specversion': '1.0', 'ce-time': '2026-01-02T03:04:05Z' };
  assert.deepEqual(JSON.parse((await worker.call({ method: 'POST', headers, kind: 'json', body: '{"n":1}' })).body),
    [{ id: '7', type: 't', source: '/s', specversion: '1.0', time: '2026-01-02T03:04:05.000Z', datacontenttype: 'application/json', data: { n: 1 } }, '7', 'function']);
  assert.deepEqual(JSON.parse((await worker.call()).body), [null, null, 'function']);
});

test('axios carries the context', async (t) => {
  const echo = http.createServer((req, res) => res.end(JSON.stringify(req.headers)));
  await new Promise((resolve) => echo.listen(0, '127.0.0.1', resolve));
  t.after(() => echo.close());
  const source = `const axios = require('axios');
    exports.main = async () => (await axios.get('http://127.0.0.1:${echo.address().port}/')).data;`;
  const worker = await start({ 'handler.js': source }, { modules: path.join(__dirname, 'packages/node_modules') });
  t.after(() => worker.stop());
  const got = JSON.parse((await worker.call({ trace })).body);
  assert.match(got.traceparent, new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  assert.deepEqual([got['x-b3-traceid'], got['x-b3-sampled']], [TRACE, '1']);
});
