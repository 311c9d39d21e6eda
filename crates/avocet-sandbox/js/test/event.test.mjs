// The event: its data by kind of body, its attributes, and its behaviour as an object.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './harness.mjs';

const post = (k, body, headers = {}) => ({ m: 'POST', k, body, headers });
const ce = { 'ce-specversion': '1.0', 'ce-id': 'a1', 'ce-type': 'order.created', 'ce-source': '/shop', 'content-type': 'application/json' };
const structured = (event) => post('event', JSON.stringify({ specversion: '1.0', id: 'a1', type: 't', source: '/s', ...event }), { 'content-type': 'application/cloudevents+json' });

// Source of the returned expression, request, expected value (through JSON).
const CASES = [
  ['e.data', post('json', '{"a":[1]}'), { a: [1] }],
  ['e.data', post('json', ''), {}],
  ['e.data', post('json', 'null'), undefined],
  ['e.data', post('text', 'grüß dich'), 'grüß dich'],
  ['e.data', post('form', 'a=1&b%5Bc%5D=x+y&d[]=1&d[]=2'), { a: '1', b: { c: 'x y' }, d: ['1', '2'] }],
  ['[Buffer.isBuffer(e.data), e.data.toString("hex")]', post('binary', Buffer.from([1, 255])), [true, '01ff']],
  ['["data" in e, typeof e.data]', post('none', ''), [false, 'undefined']],
  ['["data" in e, typeof e.data]', post('multipart', '--x'), [false, 'undefined']],
  ['["data" in e, typeof e.data]', post('binary', ''), [false, 'undefined']],
  ['[e["ce-id"], e["ce-type"], e["ce-datacontenttype"], e.data.n]', post('json', '{"n":1}', ce), ['a1', 'order.created', 'application/json', 1]],
  ['[e["ce-comment"], e["ce-x"] === undefined]', post('json', '{}', { ...ce, 'ce-comment': 'caf%C3%A9 100%' }), ['caf%C3%A9 100%', true]],
  ['e["ce-comment"]', post('json', '{}', { ...ce, 'ce-comment': 'caf%C3%A9' }), 'café'],
  ['["ce-id" in e, "ce-x" in e, e["ce-datacontenttype"] === undefined]', post('json', '{}', { 'content-type': 'application/json' }), [false, false, true]],
  ['[e["ce-id"], e["ce-traceparent"], e.data]', structured({ data: { x: 1 }, traceparent: 'tp' }), ['a1', 'tp', { x: 1 }]],
  ['[e.data, e["ce-datacontenttype"]]', structured({ data: 'plain', datacontenttype: 'text/plain' }), ['plain', 'text/plain']],
  ['e.data', structured({ data_base64: 'eyJ5IjoyfQ==', datacontenttype: 'application/json' }), { y: 2 }],
  ['e.data', structured({ data_base64: 'aGk=', datacontenttype: 'text/plain; charset=utf-8' }), 'hi'],
  ['[Buffer.isBuffer(e.data), e.data.length, "ce-data_base64" in e]', structured({ data_base64: 'AAEC' }), [true, 3, false]],
  ['["data" in e, e["ce-datacontenttype"] === undefined]', structured({}), [false, true]],
  ['Object.keys(e).slice(0, 5)', post('json', '{}', ce), ['data', 'ce-specversion', 'ce-id', 'ce-type', 'ce-source']],
  ['Object.keys({ ...e }).includes("extensions") && ({ ...e })["ce-id"]', post('json', '{}', ce), 'a1'],
  ['((c) => [c.data, c["ce-id"], c.rest.extensions !== undefined])((({ data, "ce-id": id, ...rest }) => ({ data, "ce-id": id, rest }))(e))', post('json', '5', ce), [5, 'a1', true]],
  ['(e.data = 7, e.extra = 1, delete e["ce-id"], [e.data, e.extra, "ce-id" in e, e["ce-type"]])', post('json', '5', ce), [7, 1, false, 'order.created']],
  ['[Object.hasOwn(e, "ce-id"), Object.hasOwn(e, "toString"), e.constructor === Object, String(e)]', post('json', '5', ce), [true, false, true, '[object Object]']],
  ['(Object.freeze(e), [Object.isFrozen(e), Object.keys(e).length > 5, e.data])', post('json', '5'), [true, true, 5]],
  ['JSON.parse(JSON.stringify(e.data))', post('json', '{"a":1}'), { a: 1 }],
  ['e.extensions.request === e.extensions.request && e.extensions === e.extensions && e.tracer === e.tracer', post('none', ''), true],
  ['Object.keys(e.extensions)', post('none', ''), ['request', 'response']],
  ['(e.extensions.request.marked = 1, e.keep = 1, e.extensions.request.marked)', post('none', ''), 1],
];

for (const [source, request, expected] of CASES) {
  test(`${source} of ${request.k} ${String(request.body).slice(0, 30)}`, async () => {
    const fn = await load(`exports.main = (e) => { return { value: ${source} } }`);
    const answer = await fn.call(request);
    assert.equal(answer.r, 'json', fn.logs[0]?.text);
    assert.deepEqual(JSON.parse(answer.body), expected === undefined ? { value: null } : { value: expected });
  });
}

const BAD = [
  [post('json', '{"a":'), /^the body is not valid JSON: /],
  [post('json', '{\n\u0001'), /^the body is not valid JSON: [^\n\u0001]*$/],
  [post('event', '{'), /^the body is not valid JSON: /],
  [structured({ data_base64: 'e30', datacontenttype: 'application/json' }), null],
  [structured({ data_base64: 'eww=', datacontenttype: 'application/json' }), /^the data of the event is not valid JSON: /],
];

for (const [request, message] of BAD) {
  test(`body that is ${message === null ? 'fine' : 'refused'}: ${JSON.stringify(request.body).slice(0, 60)}`, async () => {
    const fn = await load('let called = 0; exports.main = () => String(++called)');
    const answer = await fn.call(request);
    if (message === null) {
      assert.deepEqual(answer, { r: 'text', body: '1' });
      return;
    }
    assert.deepEqual([answer.r, answer.e.kind], ['failed', 'bad-body']);
    assert.match(answer.e.message, message);
    assert.deepEqual(await fn.call(), { r: 'text', body: '1' });
  });
}

test('the event is shown as the object that it stands for', async () => {
  const fn = await load('exports.main = (e) => { console.log(e) }');
  await fn.call(post('json', '{"n":1}', ce));
  assert.match(fn.logs[0].text, /^\{\n {2}data: \{ n: 1 \},\n {2}'ce-specversion': '1\.0',/);
});

test('a head with blanks in it is understood', async () => {
  const fn = await load('exports.main = (e) => e.data ?? "none"');
  fn.sandbox.body = Buffer.from('{"n":1}');
  fn.sandbox.store.run(900001.5, () => fn.hooks.invoke(900001, '{ "m": "POST", "u": "/", "h": [ "x", "\\"k\\":\\"none\\"" ], "k": "json" }', 7));
  assert.deepEqual(fn.answer(900001), { r: 'json', body: '{"n":1}' });
});

test('emitCloudEvent publishes a structured event and gives what was answered', async () => {
  const fn = await load(`exports.main = async (e) => {
    const { status, statusText } = await e.emitCloudEvent('order.done', '/shop', { n: 1 }, { eventtypeversion: 'v1' });
    return [status, statusText];
  }`);
  const id = fn.begin();
  const [asked] = fn.sandbox.hostCalls;
  assert.deepEqual([asked.call, asked.op, asked.rest], [id, 'events.publish', {}]);
  const { id: eventId, time, ...rest } = JSON.parse(asked.body);
  assert.match(eventId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(!Number.isNaN(Date.parse(time)));
  assert.deepEqual(rest, {
    specversion: '1.0', type: 'order.done', source: '/shop', eventtypeversion: 'v1',
    datacontenttype: 'application/json', data: { n: 1 },
  });
  fn.hooks.hostReply(1, 204, null, null);
  await new Promise(setImmediate);
  assert.deepEqual(fn.answer(id), { r: 'json', body: '[204,"No Content"]' });
});

test('an event belongs to the caller\'s trace, or to the span in which it is emitted', async () => {
  const fn = await load(`exports.main = async (e) => {
    e.emitCloudEvent('t', '/s');
    return e.tracer.startActiveSpan('own', (span) => {
      e.emitCloudEvent('t', '/s');
      return span.spanContext().spanId;
    });
  }`);
  const [trace, parent] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const call = (t) => fn.call({ ...post('json', '{}'), t });
  const { body: own } = await call({ id: trace, span: parent, sampled: true, state: 'a=b' });
  await call({ id: trace, span: parent, sampled: false });
  await call(undefined);
  assert.deepEqual(fn.sandbox.hostCalls.filter((_, at) => at !== 3 && at !== 5).map((each) => [each.traceparent, each.tracestate]), [
    [`00-${trace}-${parent}-01`, 'a=b'], [`00-${trace}-${own}-01`, 'a=b'], [`00-${trace}-${parent}-00`, null], [null, null],
  ]);
});

const EVENTS = [
  ["'text'", {}, { datacontenttype: 'text/plain', data: 'text' }],
  ["Buffer.from('hi')", {}, { datacontenttype: 'application/octet-stream', data_base64: 'aGk=' }],
  ["'<a/>'", { datacontenttype: 'text/xml' }, { datacontenttype: 'text/xml', data: '<a/>' }],
  ['undefined', { 'ce-subject': 's' }, { subject: 's' }],
];

for (const [data, attributes, expected] of EVENTS) {
  test(`emitCloudEvent with ${data} and ${JSON.stringify(attributes)}`, async () => {
    const fn = await load(`exports.main = (e) => { e.emitCloudEvent('t', '/s', ${data}, ${JSON.stringify(attributes)}) }`);
    await fn.call();
    const { id, time, specversion, type, source, ...rest } = JSON.parse(fn.sandbox.hostCalls[0].body);
    assert.deepEqual(rest, expected);
  });
}

test('emitCloudEvent is rejected where the bus refuses or the event is none', async () => {
  const fn = await load(`exports.main = async (e) => {
    try { await e.emitCloudEvent(e.data.type, '/s', 1, e.data.more) } catch (error) { return { message: error.message, status: error.response?.status } }
  }`);
  const refused = fn.begin(post('json', '{"type":"t"}'));
  fn.hooks.hostReply(1, 501, 'delivery is not there yet', null);
  await new Promise(setImmediate);
  assert.deepEqual(JSON.parse(fn.answer(refused).body), { message: 'emitCloudEvent: event "t" from "/s" was not published: delivery is not there yet', status: 501 });
  assert.match((await fn.call(post('json', '{"type":""}'))).body, /type must be a string/);
  assert.match((await fn.call(post('json', '{"type":"t","more":{"Bad-Name":1}}'))).body, /no attribute name/);
});

test('deprecated methods work and warn once', async () => {
  const fn = await load(`exports.main = (e) => {
    e.publishCloudEvent({ id: '1', type: 't', source: 's' });
    e.publishCloudEvent({ id: '2' });
    return e.buildResponseCloudEvent('9', 'made', { ok: 1 });
  }`);
  const answer = JSON.parse((await fn.call(post('json', '{}', ce))).body);
  assert.deepEqual([answer.id, answer.type, answer.source, answer.data], ['9', 'made', '/shop', { ok: 1 }]);
  assert.deepEqual(fn.sandbox.hostCalls.map((each) => JSON.parse(each.body).id), ['1', '2']);
  assert.deepEqual(fn.logs.map((line) => line.text.match(/event\.(\w+)\(\) is/)[1]), ['publishCloudEvent', 'buildResponseCloudEvent']);
});
