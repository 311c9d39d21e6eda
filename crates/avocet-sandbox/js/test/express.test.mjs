// The part of Express's request and response that functions use.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load, settle } from './harness.mjs';

const headers = {
  host: 'shop.local:8080', accept: 'text/html, application/json;q=0.9, */*;q=0.1', 'accept-language': 'de-AT, en;q=0.5',
  'accept-encoding': 'gzip, br;q=0.8', 'content-type': 'application/json; charset=utf-8', 'x-requested-with': 'XMLHttpRequest',
  cookie: 'a=1', referer: 'http://r/',
};
const base = { m: 'POST', u: '/orders/7/items?id=3&tags[]=a&tags[]=b&f[x][y]=1', k: 'json', body: '{"n":1}', headers };

const REQUESTS = [
  ['[req.method, req.url, req.originalUrl, req.path]', ['POST', base.u, base.u, '/orders/7/items']],
  ['req.query', { id: '3', 'tags[]': ['a', 'b'], 'f[x][y]': '1' }],
  ['req.params', { 0: '/orders/7/items', path: ['orders', '7', 'items'] }],
  ['[req.headers["content-type"], req.get("Content-Type"), req.header("HOST"), req.get("nope") === undefined, req.get("Referrer")]',
    ['application/json; charset=utf-8', 'application/json; charset=utf-8', 'shop.local:8080', true, 'http://r/']],
  ['[req.body, req.rawBody.toString()]', [{ n: 1 }, '{"n":1}']],
  ['[req.ip, req.host, req.hostname, req.protocol, req.secure, req.xhr]', ['127.0.0.1', 'shop.local:8080', 'shop.local', 'http', false, true]],
  ['[req.is("json"), req.is("html"), req.is("application/*"), req.is(["text/*", "json"]), req.is("*/json"), req.is("+json")]',
    ['json', false, 'application/json', 'json', 'application/json', false]],
  ['[req.accepts("json", "html"), req.accepts(["json"]), req.accepts("png"), req.accepts("text/plain", "json"), req.accepts()]',
    ['html', 'json', 'png', 'json', ['text/html', 'application/json', '*/*']]],
  ['[req.acceptsLanguages("en", "de"), req.acceptsLanguages("fr"), req.acceptsEncodings("br", "gzip"), req.acceptsEncodings("identity"), req.acceptsCharsets("utf-8")]',
    ['de', false, 'gzip', 'identity', 'utf-8']],
  ['[req.rawHeaders.slice(0, 2), typeof req.on, req.httpVersion, req.complete]', [['host', 'shop.local:8080'], 'function', '1.1', true]],
  ['(req.body = 5, req.user = "u", [req.body, req.user, req.res === res, res.req === req])', [5, 'u', true, true]],
  ['req.cookies === undefined', true],
];

for (const [source, expected] of REQUESTS) {
  test(`request: ${source}`, async () => {
    const fn = await load(`exports.main = (e) => { const { request: req, response: res } = e.extensions; return { value: ${source} } }`);
    const answer = await fn.call(base);
    assert.equal(answer.r, 'json', fn.logs[0]?.text);
    assert.deepEqual(JSON.parse(answer.body).value, expected);
  });
}

const QUERIES = [
  ['', {}],
  ['a', { a: '' }],
  ['a=1&a=2&a=3', { a: ['1', '2', '3'] }],
  ['a%20b=c+d&e=%zz', { 'a b': 'c d', e: '%zz' }],
  // Names are as they are written: a query does not nest, as in Express 5.
  ['a[0]=x&a[]=y&a[b]=z&a[b]=w', { 'a[0]': 'x', 'a[]': 'y', 'a[b]': ['z', 'w'] }],
  ['__proto__=1&constructor=3', JSON.parse('{"__proto__":"1","constructor":"3"}')],
  ['[]=1&=2', { '[]': '1', '': '2' }],
  ['a=b=c', { a: 'b=c' }],
  ['filter={"a":1}&x=<y>', { filter: '{"a":1}', x: '<y>' }],
];

for (const [query, expected] of QUERIES) {
  test(`query ${query}`, async () => {
    const fn = await load('exports.main = (e) => e.extensions.request.query');
    assert.deepEqual(JSON.parse((await fn.call({ u: `/?${query}` })).body), expected);
    assert.equal({}.x, undefined);
  });
}

test('a query of very many parameters is cut', async () => {
  const fn = await load('exports.main = (e) => Object.keys(e.extensions.request.query).length');
  assert.equal((await fn.call({ u: `/?${Array.from({ length: 5000 }, (_, i) => `k${i}=1`).join('&')}` })).body, '1000');
});

test('several headers of one name', async () => {
  const fn = await load('exports.main = (e) => e.extensions.request.headers');
  const answer = await fn.call({ headers: ['a', '1', 'a', '2', 'cookie', 'x=1', 'cookie', 'y=2', 'set-cookie', 'p', 'set-cookie', 'q', 'host', 'one', 'host', 'two', '__proto__', 'z'] });
  assert.deepEqual(JSON.parse(answer.body), JSON.parse('{"a":"1, 2","cookie":"x=1; y=2","set-cookie":["p","q"],"host":"one","__proto__":"z"}'));
});

const html = ['Content-Type', 'text/html; charset=utf-8'];
const json = ['Content-Type', 'application/json; charset=utf-8'];
const plain = ['Content-Type', 'text/plain; charset=utf-8'];

const RESPONSES = [
  ['res.send("<p>")', { h: html, body: '<p>' }],
  ['res.send({ a: 1 })', { h: json, body: '{"a":1}' }],
  ['res.send(Buffer.from("b"))', { h: ['Content-Type', 'application/octet-stream'], body: Buffer.from('b') }],
  ['res.type("txt").send("t")', { h: plain, body: 't' }],
  ['res.type("text/plain; charset=latin1").send("t")', { h: plain, body: 't' }],
  ['res.set("Content-Type", "application/xml").send("<a/>")', { h: ['Content-Type', 'application/xml; charset=utf-8'], body: '<a/>' }],
  ['res.send()', { body: '' }],
  ['res.send(true)', { h: json, body: 'true' }],
  ['res.status(404).end()', { s: 404, body: '' }],
  ['res.end("raw")', { body: 'raw' }],
  ['res.statusCode = 202; res.end(new Uint8Array([65]))', { s: 202, body: Buffer.from('A') }],
  ['res.status(201).json([1])', { s: 201, h: json, body: '[1]' }],
  ['res.json(null)', { h: json, body: 'null' }],
  ['res.type("application/problem+json").json({})', { h: ['Content-Type', 'application/problem+json; charset=utf-8'], body: '{}' }],
  ['res.sendStatus(404)', { s: 404, h: plain, body: 'Not Found' }],
  ['res.sendStatus(299)', { s: 299, h: plain, body: '299' }],
  ['res.set({ "X-A": 1, "X-B": ["2", "3"] }).end()', { h: ['X-A', '1', 'X-B', '2', 'X-B', '3'], body: '' }],
  ['res.append("X-A", "1").append("x-a", "2").end()', { h: ['x-a', '1', 'x-a', '2'], body: '' }],
  ['res.vary("Accept").vary(["accept", "Origin"]).end()', { h: ['Vary', 'Accept, Origin'], body: '' }],
  ['res.redirect("/a b?x=%20")', { s: 302, h: ['Location', '/a%20b?x=%20', 'Vary', 'Accept', ...plain], body: 'Found. Redirecting to /a%20b?x=%20' }],
  ['res.redirect(301, "https://x.y/[1]")', { s: 301, h: ['Location', 'https://x.y/[1]', 'Vary', 'Accept', ...plain], body: 'Moved Permanently. Redirecting to https://x.y/[1]' }],
  ['res.location("/new").status(201).end()', { s: 201, h: ['Location', '/new'], body: '' }],
  ['res.cookie("a", "b c", { httpOnly: true, sameSite: "lax", secure: true, domain: "x.y" }).end()',
    { h: ['Set-Cookie', 'a=b%20c; Domain=x.y; Path=/; HttpOnly; Secure; SameSite=Lax'], body: '' }],
  ['res.cookie("a", { n: 1 }).cookie("b", 2, { path: "/p" }).end()', { h: ['Set-Cookie', 'a=j%3A%7B%22n%22%3A1%7D; Path=/', 'Set-Cookie', 'b=2; Path=/p'], body: '' }],
  ['res.clearCookie("a").end()', { h: ['Set-Cookie', 'a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], body: '' }],
  ['res.attachment("a.csv").send("x")', { h: ['Content-Type', 'text/csv; charset=utf-8', 'Content-Disposition', 'attachment; filename="a.csv"'], body: 'x' }],
  ['res.attachment("\u20ac.txt").end()', { h: [...plain, 'Content-Disposition', "attachment; filename=\"?.txt\"; filename*=UTF-8''%E2%82%AC.txt"], body: '' }],
  ['res.links({ next: "/2" }).end()', { h: ['Link', '</2>; rel="next"'], body: '' }],
  ['res.format({ json: () => res.json(1), html: () => res.send("h") })', { h: ['Vary', 'Accept', ...json], body: '1' }],
  ['res.writeHead(203, { "X-A": "1" }); res.end("x")', { s: 203, h: ['X-A', '1'], body: 'x' }],
  ['res.writeHead(203, "Fine", ["X-A", "1", "X-A", "2"]).end()', { s: 203, h: ['X-A', '1', 'X-A', '2'], body: '' }],
  ['res.setHeader("X-A", "1"); res.setHeader("x-a", "2"); res.removeHeader("X-B"); res.end()', { h: ['x-a', '2'], x: ['x-b'], body: '' }],
  ['res.end("\u00e9", "latin1")', { body: Buffer.from([0xe9]) }],
  ['res.write("a"); res.write(Buffer.from("b")); res.end("c")', { body: 'a', chunks: [Buffer.from('b'), 'c'], end: true }],
  ['res.status(201).write("a")', { s: 201, body: 'a', chunks: [], end: true }],
  ['res.flushHeaders(); res.end("x")', { body: '', chunks: ['x'], end: true }],
  ['res.end("one"); res.end("two"); res.end(() => {})', { body: 'one' }],
];

for (const [source, expected] of RESPONSES) {
  test(`response: ${source}`, async () => {
    const fn = await load(`exports.main = (e) => { const res = e.extensions.response; ${source} }`);
    assert.deepEqual(await fn.call(), { r: 'response', ...expected }, fn.logs[0]?.text);
  });
}

const THROWN = [
  ['res.setHeader("X-A", "a\\r\\nSet-Cookie: x=1")', 'TypeError', 'ERR_INVALID_CHAR'],
  ['res.setHeader("X-A", "\\u20ac")', 'TypeError', 'ERR_INVALID_CHAR'],
  ['res.setHeader("X A", "1")', 'TypeError', 'ERR_INVALID_HTTP_TOKEN'],
  ['res.setHeader("X\\r\\n", "1")', 'TypeError', 'ERR_INVALID_HTTP_TOKEN'],
  ['res.set("X-A", "a\\nb")', 'TypeError', 'ERR_INVALID_CHAR'],
  ['res.setHeader("X-A", undefined)', 'TypeError', 'ERR_HTTP_INVALID_HEADER_VALUE'],
  ['res.cookie("a b", "1")', 'TypeError', undefined],
  ['res.cookie("a", "1", { path: "/;x" })', 'TypeError', undefined],
  ['res.location("/a\\r\\nX: 1"); if (res.get("Location") === "/a%0D%0AX:%201") throw Object.assign(new Error(), { code: "ENCODED" })', 'Error', 'ENCODED'],
  ['res.end(); res.setHeader("X-A", "1")', 'Error', 'ERR_HTTP_HEADERS_SENT'],
  ['res.send("a"); res.send("b")', 'Error', 'ERR_HTTP_HEADERS_SENT'],
  ['res.json(1); res.json(2)', 'Error', 'ERR_HTTP_HEADERS_SENT'],
  ['res.write("a"); res.status(201).set("X-A", "1")', 'Error', 'ERR_HTTP_HEADERS_SENT'],
  ['res.end(); res.writeHead(200)', 'Error', 'ERR_HTTP_HEADERS_SENT'],
  ['res.status("200")', 'TypeError', undefined],
  ['res.status(99)', 'RangeError', undefined],
  ['res.writeHead(1)', 'RangeError', 'ERR_HTTP_INVALID_STATUS_CODE'],
  ['res.write({})', 'TypeError', 'ERR_INVALID_ARG_TYPE'],
  ['res.end(5)', 'TypeError', 'ERR_INVALID_ARG_TYPE'],
  ['req.get()', 'TypeError', undefined],
];

for (const [source, name, code] of THROWN) {
  test(`throws: ${source}`, async () => {
    const fn = await load(`let seen; exports.main = (e) => {
      if (seen) return seen;
      const { request: req, response: res } = e.extensions;
      try { ${source} } catch (error) { seen = [error.name, error.code]; }
    }`);
    await fn.call();
    assert.deepEqual(JSON.parse((await fn.call()).body), [name, code ?? null]);
  });
}

test('a streamed answer waits for drain where the window is full', async () => {
  const fn = await load(`exports.main = async (e) => {
    const res = e.extensions.response;
    const said = [res.write('a'), res.write('b')];
    await new Promise((resolve) => res.once('drain', resolve));
    said.push(res.write('c'));
    res.end(JSON.stringify(said));
  }`);
  fn.sandbox.full = true;
  const id = fn.begin();
  await settle();
  assert.deepEqual(fn.answer(id), { r: 'response', body: 'a', chunks: ['b'] });
  fn.sandbox.full = false;
  fn.hooks.drain(id);
  await settle();
  assert.deepEqual(fn.answer(id).chunks, ['b', 'c', '[true,false,true]']);
  assert.equal(fn.answer(id).end, true);
});

test('an async iterable is left when the caller is gone', async () => {
  const fn = await load(`exports.main = async function* () {
    try { for (let i = 0; ; i++) yield String(i); } finally { console.log('left'); }
  }`);
  fn.sandbox.full = true;
  const id = fn.begin();
  await settle();
  assert.deepEqual(fn.answer(id), { r: 'response', body: '0', chunks: ['1'] });
  fn.hooks.cancel(id);
  await settle();
  assert.deepEqual(fn.logs.map((line) => line.text), ['left']);
  assert.equal(fn.engine.binding.flying.size, 0);
});

test('a function that fails while it streams breaks the answer off', async () => {
  const fn = await load('exports.main = async (e) => { e.extensions.response.write("a"); throw new Error("mid") }');
  const answer = await fn.call();
  assert.equal(answer.end, 'the function failed while it was sending its answer');
  assert.match(fn.logs[0].text, /^Error: mid/);
});

test('finish and close are emitted after the end, data and end before', async () => {
  const fn = await load(`exports.main = (e) => new Promise((resolve) => {
    const { request, response } = e.extensions;
    const seen = [];
    request.setEncoding('utf8');
    request.on('data', (chunk) => seen.push(chunk)).on('end', () => { seen.push('end'); response.end('x'); });
    response.on('finish', () => seen.push('finish')).on('close', () => { seen.push('close'); console.log(seen.join()); resolve(); });
  })`);
  await fn.call({ m: 'POST', k: 'multipart', body: '--b--' });
  assert.equal(fn.logs[0].text, '--b--,end,finish,close');
});

test('the body can be iterated over and piped', async () => {
  const iterate = await load('exports.main = async (e) => { let all = ""; for await (const chunk of e.extensions.request) all += chunk; return all }');
  assert.deepEqual(await iterate.call({ m: 'POST', k: 'text', body: 'hello' }), { r: 'text', body: 'hello' });
  assert.deepEqual(await iterate.call(), { r: 'none' });
  const pipe = await load('exports.main = (e) => new Promise((done) => { const { request, response } = e.extensions; response.on("finish", done); request.pipe(response) })');
  assert.deepEqual(await pipe.call({ m: 'POST', k: 'binary', body: 'abc' }), { r: 'response', body: Buffer.from('abc'), chunks: [], end: true });
});

test('calls go on where the function has replaced JSON', async () => {
  const fn = await load('exports.main = (e) => { globalThis.JSON = null; return [e.extensions.request.path] }');
  for (const u of ['/a', '/b']) assert.deepEqual(await fn.call({ u }), { r: 'json', body: `["${u}"]` });
});
