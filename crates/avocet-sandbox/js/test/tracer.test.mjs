// event.tracer: the interface of OpenTelemetry's API, and what is handed on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { load, settle } from './harness.mjs';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

const data = (name) => JSON.parse(readFileSync(new URL(`../../../../tests/traces/${name}.json`, import.meta.url), 'utf8'));

for (const { name, headers, trace, span } of data('contexts')) {
  test(`a span in the trace that the platform names, whatever the headers say: ${name}`, async () => {
    const fn = await load("exports.main = (e) => { const s = e.tracer.startSpan('s'); const r = s.isRecording(); s.end(); return [s.spanContext(), r] }");
    const [context, recording] = JSON.parse((await fn.call({ headers, t: trace ?? undefined })).body);
    assert.match(context.traceId, /^[0-9a-f]{32}$/);
    if (trace?.id !== undefined) assert.equal(context.traceId, trace.id);
    assert.equal(context.traceState, trace?.state);
    assert.deepEqual([context.traceFlags, recording, fn.spans.length], span === null ? [0, false, 0] : [1, true, 1]);
    if (span !== null) assert.deepEqual([fn.spans[0].parentSpanId, fn.spans[0].traceState], [span.parentSpanId, span.traceState]);
  });
}

for (const { name, javascript, otlp } of data('attributes').filter((row) => row.javascript !== undefined)) {
  test(`the form of an attribute: ${name}`, async () => {
    const fn = await load(`exports.main = (e) => { e.tracer.startSpan('s').setAttribute('a', ${javascript}).end() }`);
    await fn.call();
    assert.deepEqual(fn.spans[0].attributes, otlp === null ? [] : [{ key: 'a', value: otlp }]);
  });
}

test('spans that begin a trace go by the decision of the platform', async () => {
  const source = "exports.main = (e) => { for (const root of [false, true]) e.tracer.startSpan(String(root), { root }).end() }";
  const fn = await load(source);
  await fn.call({ t: { sampled: false } });
  // A span of its own is for nobody else to decide.
  assert.deepEqual(fn.spans.map((span) => span.name), ['true']);
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

for (const rest of ['', '{}, ', '{}, {}, ']) {
  test(`startActiveSpan(name, ${rest}function) makes the span the parent of those inside, across await`, async () => {
    const fn = await load(`exports.main = (e) => e.tracer.startActiveSpan('outer', ${rest}async (outer) => {
      e.tracer.startSpan('before').end();
      await null;
      e.tracer.startSpan('after').end();
      e.tracer.startSpan('alone', { root: true }).end();
      outer.end();
      return outer.spanContext().spanId;
    })`);
    const id = fn.begin({ t: { id: TRACE, span: PARENT, sampled: true } });
    await settle();
    const outer = fn.answer(id).body;
    const parents = Object.fromEntries(fn.spans.map((span) => [span.name, span.parentSpanId]));
    assert.deepEqual(parents, { before: outer, after: outer, alone: undefined, outer: PARENT });
    assert.ok(fn.spans.every((span) => span.call === id));
    assert.equal(fn.engine.binding.flying.size, 0);
    assert.deepEqual(fn.spans.filter((span) => span.traceId !== TRACE).map((span) => span.name), ['alone']);
  });
}
