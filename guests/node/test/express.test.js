'use strict';
// Express's own code, and ordinary middleware, over the worker's request and response.
const assert = require('node:assert/strict');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { start } = require('./harness.js');

const MODULES = path.join(__dirname, '..', 'node_modules');
const pairs = (flat = []) => Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i].toLowerCase(), flat[2 * i + 1]]));

// name, body of `(req, res, event) => …`, request, what the answer has: s, body, headers (h)
const cases = [
  // --- the response
  ['send text', "res.send('a')", {}, { s: 200, body: 'a', h: { 'content-type': 'text/html; charset=utf-8', 'content-length': '1' } }],
  ['send object', 'res.send({ a: 1 })', {}, { body: '{"a":1}', h: { 'content-type': 'application/json; charset=utf-8' } }],
  ['send Buffer', "res.send(Buffer.from('b'))", {}, { body: 'b', h: { 'content-type': 'application/octet-stream' } }],
  ['sendStatus', 'res.sendStatus(404)', {}, { s: 404, body: 'Not Found', h: { 'content-type': 'text/plain; charset=utf-8' } }],
  ['status out of range', 'res.status(99)', {}, { r: 'thrown' }],
  ['status and json', "res.status(201).set({ 'X-A': '1', 'X-B': ['2', '3'] }).json([1])", {}, { s: 201, body: '[1]', h: { 'x-a': '1', 'x-b': '3' } }],
  ['jsonp', 'res.jsonp({ a: 1 })', { url: '/?callback=f' }, { body: '/**/ typeof f === \'function\' && f({"a":1});', h: { 'x-content-type-options': 'nosniff' } }],
  ['jsonp without callback', 'res.jsonp({ a: 1 })', {}, { body: '{"a":1}' }],
  ['format', "res.format({ text: () => res.send('t'), json: () => res.send({ j: 1 }) })", { headers: { accept: 'application/json' } }, { body: '{"j":1}', h: { vary: 'Accept' } }],
  ['format, nothing acceptable', "res.format({ text: () => res.send('t'), default: () => res.status(406).end() })", { headers: { accept: 'image/png' } }, { s: 406 }],
  ['cookie', "res.cookie('a', 'b c', { httpOnly: true, sameSite: 'lax' }).end()", {}, { h: { 'set-cookie': 'a=b%20c; Path=/; HttpOnly; SameSite=Lax' } }],
  ['clearCookie', "res.clearCookie('a').end()", {}, { h: { 'set-cookie': 'a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT' } }],
  ['redirect', "res.redirect(301, '/there')", { headers: { accept: 'text/plain' } }, { s: 301, body: 'Moved Permanently. Redirecting to /there', h: { location: '/there' } }],
  ['attachment', "res.attachment('a.csv').send('x')", {}, { h: { 'content-disposition': 'attachment; filename=a.csv', 'content-type': 'text/csv; charset=utf-8' } }],
  ['links, location, vary, append, type', "res.links({ next: '/2' }).location('/l').vary('Origin').append('X', 'a').append('X', 'b').type('png').end()", {},
    { h: { link: '</2>; rel="next"', location: '/l', vary: 'Origin', x: 'b', 'content-type': 'image/png' } }],
  ['ETag', "res.send('abc')", {}, { h: { etag: 'W/"3-qZk+NkcGgWq6PiVxeFDCbJzQ2J0"' } }],
  ['fresh', "res.send('abc')", { headers: { 'if-none-match': 'W/"3-qZk+NkcGgWq6PiVxeFDCbJzQ2J0"' } }, { s: 304, body: '' }],
  ['req.fresh, req.stale', "res.set('ETag', '\"1\"'); res.json([req.fresh, req.stale])", { headers: { 'if-none-match': '"1"' } }, { s: 304 }],
  ['HEAD', "res.send('abc')", { method: 'HEAD' }, { body: '', h: { 'content-length': '3' } }],
  ['sendFile', "res.sendFile('file.txt', { root: __dirname })", {}, { s: 200, body: '0123456789', h: { 'content-type': 'text/plain; charset=utf-8', 'content-length': '10', 'accept-ranges': 'bytes' } }],
  ['sendFile, a range', "res.sendFile('file.txt', { root: __dirname })", { headers: { range: 'bytes=2-4' } }, { s: 206, body: '234', h: { 'content-range': 'bytes 2-4/10' } }],
  ['sendFile, missing', "res.sendFile('none.txt', { root: __dirname }, (error) => res.status(error.status).end(error.code))", {}, { s: 404, body: 'ENOENT' }],
  ['sendFile, missing and nobody asks', "res.set('X-Kept', '1').sendFile('none.txt', { root: __dirname })", {}, { s: 404, body: 'Not Found', h: { 'content-type': 'text/plain; charset=utf-8', 'x-kept': '1' } }],
  ['sendFile of a folder', 'res.sendFile(__dirname)', {}, { s: 404, body: 'Not Found' }],
  ['sendFile, a range that is not there', "res.sendFile('file.txt', { root: __dirname })", { headers: { range: 'bytes=99-' } }, { s: 416, h: { 'content-range': 'bytes */10' } }],
  ['format, nothing acceptable and no default', "res.format({ json: () => res.send({}) })", { headers: { accept: 'image/png' } }, { s: 406, body: 'Not Acceptable' }],
  ['render without an engine', "res.render('none')", {}, { r: 'thrown' }],
  ['req.next with an error of the function', "req.next(new Error('own'))", {}, { r: 'thrown' }],
  ['names of the classes', 'return [req.constructor.name, res.constructor.name]', {}, { body: '["IncomingMessage","ServerResponse"]' }],
  ['the rest of what was begun', "res.write('a'); await null; return 'b'", {}, { s: 200, body: 'ab' }],
  ['a response of the web', "return new Response('made', { status: 201, headers: [['x-a', 'b'], ['set-cookie', 'c=1'], ['set-cookie', 'd=2']] })", {}, { s: 201, body: 'made', h: { 'x-a': 'b', 'set-cookie': 'd=2' } }],
  ['a response of the web without a body', 'return new Response(null, { status: 204 })', {}, { s: 204, body: '' }],
  ['download', "res.download(__dirname + '/file.txt', 'f.txt')", {}, { body: '0123456789', h: { 'content-disposition': 'attachment; filename=f.txt' } }],
  ['locals, app, req and res of each other', "res.json([typeof res.locals, res.app === req.app, req.res === res, res.req === req, req.app.get('env') !== undefined])", {}, { body: '["object",true,true,true,true]' }],
  // --- Node.js's response
  ['writeHead and end', "res.writeHead(202, 'Fine', { 'X-A': 'b' }); res.end('x')", {}, { s: 202, body: 'x', h: { 'x-a': 'b' } }],
  ['writeHead with a list', "res.writeHead(200, ['a', '1', 'a', '2']).end()", {}, { h: { a: '2' } }],
  ['setHeader after writeHead', "res.writeHead(200); try { res.setHeader('a', 'b') } catch (e) { res.end(e.code) }", {}, { body: 'ERR_HTTP_HEADERS_SENT' }],
  ['headers by name', "res.setHeader('X-Big', 1); res.json([res.getHeader('x-big'), res.hasHeader('X-BIG'), res.getHeaderNames(), res.headersSent])", {}, { body: '[1,true,["x-big"],false]' }],
  ['a header value that cannot be', "try { res.setHeader('a', 'b\\nc') } catch (e) { res.end(e.code) }", {}, { body: 'ERR_INVALID_CHAR' }],
  ['end twice', "res.end('a'); res.end(); res.end(() => {})", {}, { body: 'a' }],
  ['write after end', "res.on('error', () => {}); res.end('a'); res.write('b', () => {})", {}, { body: 'a' }],
  ['write what is no body', "try { res.write(7) } catch (e) { res.end(e.code) }", {}, { body: 'ERR_INVALID_ARG_TYPE' }],
  ['encodings', "res.write('6162', 'hex'); res.end('Yw==', 'base64')", {}, { body: 'abc' }],
  ['instanceof', "const { IncomingMessage, ServerResponse } = require('http'); res.json([req instanceof IncomingMessage, res instanceof ServerResponse, req instanceof require('stream').Readable])", {}, { body: '[true,true,true]' }],
  ['return value with what was set', "res.status(202).set('x-a', '1'); return { b: 2 }", {}, { r: 'json', s: 202, body: '{"b":2}', h: { 'x-a': '1' } }],
  ['finish and close after a returned value', "res.on('finish', () => events.push('finish')).on('close', () => events.push('close')); return 'v'", {}, { r: 'text', body: 'v' }],
  ['… were emitted', 'return events.splice(0)', {}, { body: '["finish","close"]' }],
  // --- the request
  ['path, query, params', 'res.json([req.path, req.query, req.params[0], req.originalUrl, req.url])', { url: '/a/b?x[y]=1&z=2' }, { body: '["/a/b",{"x[y]":"1","z":"2"},"a/b","/a/b?x[y]=1&z=2","/a/b?x[y]=1&z=2"]' }],
  ['get, header, is', "res.json([req.get('X-A'), req.header('referrer'), req.is('json'), req.is('html')])", { method: 'POST', headers: { 'x-a': 'b', referer: '/r', 'content-type': 'application/json', 'content-length': '2' }, kind: 'json', body: '{}' }, { body: '["b","/r","json",false]' }],
  ['accepts', "res.json([req.accepts(['json', 'text']), req.acceptsEncodings('gzip'), req.acceptsLanguages('de', 'en')])", { headers: { accept: 'text/plain', 'accept-encoding': 'gzip', 'accept-language': 'en' } }, { body: '["text","gzip","en"]' }],
  ['ip, protocol, host, xhr', 'res.json([req.ip, req.protocol, req.secure, req.hostname, req.host, req.xhr, req.subdomains, req.socket.remoteAddress])', { headers: { host: 'a.b.example.com:81', 'x-requested-with': 'XMLHttpRequest' } },
    { body: '["127.0.0.1","http",false,"a.b.example.com","a.b.example.com:81",true,["b","a"],"127.0.0.1"]' }],
  ['range', "res.json(req.range(100))", { headers: { range: 'bytes=0-9' } }, { body: '[{"start":0,"end":9}]' }],
  ['raw headers', 'res.json([req.rawHeaders, req.headers, req.headersDistinct])', { headers: { a: '1' } }, { body: '[["a","1"],{"a":"1"},{"a":["1"]}]' }],
  ['body and raw body', "res.json([req.body, req.rawBody.toString(), event.data])", { method: 'POST', kind: 'json', headers: { 'content-type': 'application/json' }, body: '{"a": 1}' }, { body: '[{"a":1},"{\\"a\\": 1}",{"a":1}]' }],
  ['close of the request', "req.on('close', () => events.push(req.destroyed)); res.end('x')", {}, { body: 'x' }],
  ['… was emitted', 'await null; return events.splice(0)', {}, { body: '[true]' }],
  // --- middleware
  ['a middleware that sets headers', "const cors = (q, s, next) => { s.setHeader('Access-Control-Allow-Origin', q.headers.origin); s.vary('Origin'); next() }; cors(req, res, () => res.end('done'))", { headers: { origin: 'http://o' } }, { body: 'done', h: { 'access-control-allow-origin': 'http://o', vary: 'Origin' } }],
  ['express.json by hand', "express.json({ type: () => true })(req, res, (error) => res.json([error, req.body]))", { method: 'POST', kind: 'multipart', headers: { 'content-type': 'x/json', 'content-length': '7' }, body: '{"a":1}' }, { body: '[null,{"a":1}]' }],
  ['express.raw refuses what is too long', "express.raw({ type: () => true, limit: 3 })(req, res, (error) => res.status(error.status).end(error.type))", { method: 'POST', kind: 'multipart', headers: { 'content-length': '7' }, body: '{"a":1}' }, { s: 413, body: 'entity.too.large' }],
  ['express.urlencoded by hand', "express.urlencoded({ extended: true })(req, res, () => res.json(req.body))", { method: 'POST', kind: 'multipart', headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '6' }, body: 'a[b]=1' }, { body: '{"a":{"b":"1"}}' }],
  ['express.static by hand', "const over = new Promise((resolve) => res.on('finish', resolve)); express.static(__dirname)(req, res, () => res.sendStatus(404)); await over", { url: '/file.txt' }, { body: '0123456789', h: { 'cache-control': 'public, max-age=0' } }],
  ['a router', "const router = express.Router(); router.get('/u/:id', (q, s) => s.json(q.params)); router(req, res, () => res.sendStatus(404))", { url: '/u/7' }, { body: '{"id":"7"}' }],
  ['an application of its own', "const app = express(); app.use((q, s, next) => { s.set('x-own', '1'); next() }); app.get('/hi', (q, s) => s.send(q.query.a)); app(req, res)", { url: '/hi?a=1' }, { s: 200, body: '1', h: { 'x-own': '1' } }],
  ['the whole request in an application of its own', `const app = express(); app.all('/r/:id', (q, s) => s.json([q.headers.cookie, q.get('X-A'), q.is('json'), q.accepts(['html', 'json']), q.xhr, q.hostname, q.ip, q.protocol,
      q.headersDistinct['x-a'], q.rawHeaders.length, q.trailers, q.params, q.baseUrl, q.originalUrl, q.path, q.body, q.socket.remoteAddress, q.connection === q.socket, q.method, q.fresh])); app(req, res)`,
    { method: 'POST', url: '/r/7?x=1', kind: 'json', body: '{"a":1}', headers: { host: 'shop.example.com:81', cookie: 'a=b', 'x-a': '1', 'content-type': 'application/json', 'content-length': '7', accept: 'application/json', 'x-requested-with': 'XMLHttpRequest' } },
    { s: 200, body: JSON.stringify(['a=b', '1', 'json', 'json', true, 'shop.example.com', '127.0.0.1', 'http', ['1'], 14, {}, { id: '7' }, '', '/r/7?x=1', '/r/7', { a: 1 }, '127.0.0.1', true, 'POST', false]) }],
  ['the whole response in an application of its own', `const app = express(); app.use((q, s) => { s.on('finish', () => events.push(s.writableEnded)); s.set('X-A', '1').append('X-L', ['1', '2']).cookie('a', 'b').status(202);
      s.json([s.get('x-a'), s.headersSent, s.getHeaderNames(), s.writableEnded, s.statusCode, typeof s.locals]) }); app(req, res)`, {},
    { s: 202, body: '["1",false,["x-powered-by","x-a","x-l","set-cookie"],false,202,"object"]', h: { 'x-a': '1', 'set-cookie': 'a=b; Path=/' } }],
  ['… came to its end', 'return events.splice(0)', {}, { body: '[true]' }],
  ['middleware behind a mounted application', "const inner = express(); inner.get('/y', (q, s) => s.send([q.baseUrl, q.url, q.get('x-a')].join())); const app = express(); app.use('/x', inner); app(req, res)", { url: '/x/y', headers: { 'x-a': 'v' } }, { s: 200, body: '/x,/y,v' }],
  ['settings of an application of its own', "const app = express(); app.set('trust proxy', true); app.set('query parser', 'extended'); app.get('/', (q, s) => s.json([q.ip, q.protocol, q.hostname, q.query.a.b, q.app === app, s.app === app])); app(req, res)", { url: '/?a[b]=1', headers: { host: 'h', 'x-forwarded-for': '9.9.9.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'fwd' } },
    { s: 200, body: '["9.9.9.9","https","fwd","1",true,true]' }],
  ['a view of an application of its own', "const app = express(); app.engine('txt', (file, { name }, done) => done(null, 'Hello ' + name)); app.set('views', __dirname); app.set('view engine', 'txt'); app.get('/', (q, s) => s.render('file', { name: 'Ada' })); app(req, res)", {}, { s: 200, body: 'Hello Ada' }],
  ['a pipe into the response that is returned', "return require('stream').Readable.from(['a', 'b']).pipe(res)", {}, { s: 200, body: 'ab' }],
  ['an application that knows no such route', 'express()(req, res)', { url: '/none' }, { s: 404 }],
  ['on-finished', "onFinished(res, () => events.push('over')); res.end('x')", {}, { body: 'x' }],
  ['… was told', 'return events.splice(0)', {}, { body: '["over"]' }],
  ['on-headers puts itself in place of writeHead', "const { writeHead } = res; res.writeHead = function (...a) { res.writeHead = writeHead; this.setHeader('x-late', '1'); return writeHead.apply(this, a) }; res.end('x')", {}, { body: 'x', h: { 'x-late': '1' } }],
  ['… for a returned value too', "const { writeHead } = res; res.writeHead = function (...a) { this.setHeader('x-late', '1'); return writeHead.apply(this, a) }; return 'v'", {}, { r: 'text', body: 'v', h: { 'x-late': '1' } }],
  ['compression puts itself in place of write and end', `const zlib = require('zlib').createGzip(); const { write, end } = res;
    zlib.on('data', (c) => { if (write.call(res, c) === false) zlib.pause() }); zlib.on('end', () => end.call(res)); res.on('drain', () => zlib.resume());
    res.write = (...a) => zlib.write(...a); res.end = (...a) => { zlib.end(...a); return res }; res.setHeader('content-encoding', 'gzip'); res.send('x'.repeat(1000)); await new Promise((r) => res.on('finish', r))`, {}, { s: 200, h: { 'content-encoding': 'gzip' } }],
  ['a stream consumer as of multipart parsers', "const { PassThrough } = require('stream'); let n = 0; req.pipe(new PassThrough()).on('data', (c) => { n += c.length }).on('end', () => res.end(String(n)))", { method: 'POST', kind: 'multipart', body: 'x'.repeat(100_000) }, { body: '100000' }],
  ['pipeline and finished', "const { finished } = require('stream/promises'); const done = finished(res); await require('stream/promises').pipeline(req, res); await done; events.push('all')", { method: 'POST', kind: 'multipart', body: 'echo' }, { body: 'echo' }],
  ['… came to an end', 'return events.splice(0)', {}, { body: '["all"]' }],
  ['a web stream', "await require('stream').Readable.fromWeb(new Blob(['web']).stream()).pipe(res)", {}, { body: 'web' }],
];

let worker;
before(async () => {
  const source = `const express = require('express'); const onFinished = require('on-finished'); const events = [];
const handlers = [${cases.map(([, body]) => `async (req, res, event) => { ${body} }`).join(',\n')}];
let n = 0;
exports.main = (event) => handlers[n++](event.extensions.request, event.extensions.response, event);`;
  worker = await start({ 'handler.js': source, 'file.txt': '0123456789' }, { modules: MODULES });
  assert.equal(worker.loaded.error, undefined);
});
after(() => worker.stop());

for (const [name, , request, expected] of cases) {
  test(name, async () => {
    const answer = await worker.call(request);
    const seen = { ...answer, h: pairs(answer.h) };
    for (const key of Object.keys(expected)) {
      if (key === 'h') for (const header of Object.keys(expected.h)) assert.equal(seen.h[header], expected.h[header], `${header} in ${JSON.stringify(answer)}`);
      else assert.equal(seen[key], expected[key], JSON.stringify(answer));
    }
  });
}
