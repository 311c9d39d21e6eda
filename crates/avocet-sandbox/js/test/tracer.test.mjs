// event.tracer: the interface of OpenTelemetry's API, and what is handed on.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load, settle } from './harness.mjs';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

const PARENTS = [
  [{ traceparent: `00-${TRACE}-${PARENT}-01` }, TRACE, PARENT, 1],
  [{ traceparent: `00-${TRACE}-${PARENT}-00` }, TRACE, PARENT, 0],
  [{ traceparent: `cc-${TRACE}-${PARENT}-01-more` }, TRACE, PARENT, 1],
  [{ traceparent: `ff-${TRACE}-${PARENT}-01` }, null],
  [{ traceparent: `00-${TRACE}-${PARENT}-01-more` }, null],
  [{ traceparent: `00-${'0'.repeat(32)}-${PARENT}-01` }, null],
  [{ b3: `${TRACE}-${PARENT}-1` }, TRACE, PARENT, 1],
  [{ b3: `${TRACE}-${PARENT}-0` }, TRACE, PARENT, 0],
  [{ b3: `${TRACE.slice(16)}-${PARENT}-d-${PARENT}` }, `${'0'.repeat(16)}${TRACE.slice(16)}`, PARENT, 1],
  [{ b3: '0' }, null],
  [{ 'x-b3-traceid': TRACE, 'x-b3-spanid': PARENT, 'x-b3-sampled': '1' }, TRACE, PARENT, 1],
  [{ 'x-b3-traceid': TRACE, 'x-b3-spanid': PARENT, 'x-b3-sampled': '0' }, TRACE, PARENT, 0],
  [{}, null],
];

for (const [headers, trace, parent, sampled] of PARENTS) {
  test(`parent out of ${JSON.stringify(headers)}`, async () => {
    const fn = await load("exports.main = (e) => { const s = e.tracer.startSpan('s'); s.end(); return [s.spanContext(), s.isRecording()] }");
    const [context] = JSON.parse((await fn.call({ headers })).body);
    if (trace === null) assert.match(context.traceId, /^[0-9a-f]{32}$/);
    else assert.equal(context.traceId, trace);
    assert.equal(fn.spans.length, trace !== null && sampled === 0 ? 0 : 1);
    assert.equal(fn.spans[0]?.parentSpanId, sampled === 1 ? parent : undefined);
  });
}

test('spans are in the span of the invocation where the head names one', async () => {
  const source = "exports.main = (e) => { const s = e.tracer.startSpan('s'); s.end(); return s.spanContext() }";
  const [own, caller] = ['00f067aa0ba902b7', `00-${TRACE}-${PARENT}-01`];
  for (const [flags, headers, state] of [['01', {}], ['00', {}], ['01', { traceparent: caller, tracestate: 'a=b' }, 'a=b']]) {
    const fn = await load(source);
    const context = JSON.parse((await fn.call({ headers, t: `00-${TRACE}-${own}-${flags}` })).body);
    assert.equal(context.traceId, TRACE);
    assert.equal(context.traceState, state);
    assert.equal(fn.spans.length, flags === '01' ? 1 : 0);
    if (flags === '01') assert.equal(fn.spans[0].parentSpanId, own);
  }
});

test('a span has what was set on it', async () => {
  const fn = await load(`exports.main = (e) => {
    const span = e.tracer.startSpan('work', { kind: 2, attributes: { a: 'x', n: 1 }, startTime: new Date(1700000000000) });
    span.setAttribute('f', 1.5).setAttributes({ b: true, list: ['p', 'q'], none: undefined });
    span.addEvent('e1', { k: 1 }, [1700000000, 5]);
    span.recordException(new TypeError('bad'));
    span.setStatus({ code: 2, message: 'failed' }).updateName('renamed');
    span.end(1700000001000.25);
    span.setAttribute('late', 1).end();
    return span.isRecording();
  }`);
  assert.equal((await fn.call()).body, 'false');
  assert.equal(fn.spans.length, 1);
  const [span] = fn.spans;
  assert.equal(span.name, 'renamed');
  assert.equal(span.kind, 3);
  assert.equal(span.startTimeUnixNano, '1700000000000000000');
  assert.equal(span.endTimeUnixNano, '1700000001000250000');
  assert.deepEqual(span.status, { code: 2, message: 'failed' });
  assert.deepEqual(span.attributes, [
    { key: 'a', value: { stringValue: 'x' } }, { key: 'n', value: { intValue: 1 } }, { key: 'f', value: { doubleValue: 1.5 } },
    { key: 'b', value: { boolValue: true } },
    { key: 'list', value: { arrayValue: { values: [{ stringValue: 'p' }, { stringValue: 'q' }] } } },
  ]);
  assert.deepEqual(span.events[0], { timeUnixNano: '1700000000000000005', name: 'e1', attributes: [{ key: 'k', value: { intValue: 1 } }] });
  assert.deepEqual(span.events[1].attributes.slice(0, 2), [
    { key: 'exception.type', value: { stringValue: 'TypeError' } }, { key: 'exception.message', value: { stringValue: 'bad' } },
  ]);
});

const SHAPES = ['', '{}, ', '{}, {}, '].flatMap((rest) => ['everything', 'the call', 'nothing'].map((keep) => [rest, keep]));

for (const [rest, keep] of SHAPES) {
  test(`startActiveSpan(name, ${rest}function) makes the span the parent of those inside, keeping ${keep} across await`, async () => {
    const fn = await load(`exports.main = (e) => e.tracer.startActiveSpan('outer', ${rest}async (outer) => {
      e.tracer.startSpan('before').end();
      await null;
      e.tracer.startSpan('after').end();
      e.tracer.startSpan('alone', { root: true }).end();
      outer.end();
      return outer.spanContext().spanId;
    })`, { keep });
    const id = fn.begin({ headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
    await settle();
    const outer = fn.answer(id).body;
    const parents = Object.fromEntries(fn.spans.map((span) => [span.name, span.parentSpanId]));
    assert.deepEqual(parents, { before: outer, after: outer, alone: undefined, outer: PARENT });
    assert.ok(fn.spans.every((span) => span.call === id));
    assert.equal(fn.engine.binding.flying.size, 0);
    assert.deepEqual(fn.spans.filter((span) => span.traceId !== TRACE).map((span) => span.name), ['alone']);
  });
}
