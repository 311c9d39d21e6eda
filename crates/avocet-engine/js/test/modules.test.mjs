// Buffer and the built-in modules.
import assert from 'node:assert/strict';
import test from 'node:test';
import { boot, settle } from './harness.mjs';

function value(source, engine = boot()) {
  engine.state.files['main.js'] = `exports.value = (() => { try { return JSON.stringify(${source}) } catch (e) { return JSON.stringify({ error: e.name, code: e.code }) } })()`;
  const json = engine.hooks.requireFile('main.js').value;
  return json === undefined ? undefined : JSON.parse(json);
}

const BUFFERS = [
  ["Buffer.from('héllo').toString('hex')", '68c3a96c6c6f'],
  ["['utf8', 'hex', 'base64', 'base64url', 'latin1', 'ascii', 'utf16le'].map((e) => Buffer.from([0x68, 0xff, 0xfb, 0x00]).toString(e))",
    ['h\ufffd\ufffd\0', '68fffb00', 'aP/7AA==', 'aP_7AA', 'hÿû\0', 'h\x7f{\0', '\uff68\u00fb']],
  ["['68ff', '68f', '68zz', ''].map((h) => [...Buffer.from(h, 'hex')])", [[104, 255], [104], [104], []]],
  ["['aGk=', 'aGk', 'a G\\nk=', '-_8', '+/8=', 'aGk=aGk='].map((b) => [...Buffer.from(b, 'base64')])", [[104, 105], [104, 105], [104, 105], [251, 255], [251, 255], [104, 105]]],
  ["[...Buffer.from('é€', 'latin1'), ...Buffer.from('a', 'ucs2')]", [233, 172, 97, 0]],
  ["[Buffer.from([1, 2]), new Buffer([3]), Buffer.from(new Uint16Array([257])), Buffer.from({ type: 'Buffer', data: [9] }), Buffer.from(new String('s'))].map((b) => [...b])", [[1, 2], [3], [1], [9], [115]]],
  ["Buffer.from(5)", { error: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }],
  ["Buffer.from('x', 'nope')", { error: 'TypeError', code: 'ERR_UNKNOWN_ENCODING' }],
  ["[Buffer.alloc(3, 'ab').toString(), Buffer.alloc(2).length, Buffer.alloc(4, 1)[3]]", ['aba', 2, 1]],
  ['Buffer.alloc(-1)', { error: 'RangeError', code: 'ERR_OUT_OF_RANGE' }],
  ["[Buffer.byteLength('é'), Buffer.byteLength('aGk=', 'base64'), Buffer.isEncoding('UTF-8'), Buffer.isBuffer(new Uint8Array(1)), Buffer.isBuffer(Buffer.alloc(1))]", [2, 2, true, false, true]],
  ["Buffer.concat([Buffer.from('a'), new Uint8Array([98]), Buffer.from('cd')], 3).toString()", 'abc'],
  ["(() => { const b = Buffer.from('hello'); const s = b.slice(1, 3); s[0] = 69; return [b.toString(), s.toString(), b.subarray(-2).toString(), Buffer.isBuffer(b.subarray(1))] })()", ['hEllo', 'El', 'lo', true]],
  ["[Buffer.from('a').equals(new Uint8Array([97])), Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.from('abc').compare(Buffer.from('ab'))]", [true, -1, 1]],
  ["((b) => [b.indexOf('lo'), b.indexOf(108), b.lastIndexOf('l'), b.includes('xx'), b.indexOf('l', -2), b.indexOf('')])(Buffer.from('hello'))", [3, 2, 3, false, 3, 0]],
  ["(() => { const b = Buffer.alloc(6); return [b.write('é€x'), b.write('zz', 4), b.write('6162', 0, 'hex'), b.write('€', 5), b.toString('latin1')] })()", [6, 2, 2, 0, 'ab\u00e2\u0082zz']],
  ["(() => { const b = Buffer.alloc(8); b.writeUInt32BE(0xdeadbeef); b.writeInt16LE(-2, 4); b.writeUint8(7, 6); return [b.readUInt32BE(0), b.readInt16LE(4), b.readUInt8(6), b.readUIntBE(0, 3), b.readIntLE(4, 2)] })()", [0xdeadbeef, -2, 7, 0xdeadbe, -2]],
  ["(() => { const b = Buffer.alloc(8); b.writeDoubleLE(1.5); const d = b.readDoubleLE(); b.writeBigInt64BE(-5n); return [d, String(b.readBigInt64BE()), b.writeIntBE(-300, 0, 3), b.readIntBE(0, 3)] })()", [1.5, '-5', 3, -300]],
  ['Buffer.alloc(2).readUInt32LE()', { error: 'RangeError', code: 'ERR_BUFFER_OUT_OF_BOUNDS' }],
  ['Buffer.alloc(8).readUInt32LE(5)', { error: 'RangeError', code: 'ERR_OUT_OF_RANGE' }],
  ['Buffer.alloc(8).writeUInt8(256)', { error: 'RangeError', code: 'ERR_OUT_OF_RANGE' }],
  ["[Buffer.from('ab'), Buffer.from('abcd').swap16().toString(), Buffer.from('abcd').fill('xy', 1, 4).toString()]", [{ type: 'Buffer', data: [97, 98] }, 'badc', 'axyx']],
  ["(() => { const t = Buffer.alloc(4); return [Buffer.from('hello').copy(t, 1, 1, 3), t.toString('latin1')] })()", [2, '\0el\0']],
];

const MODULES = [
  ["require('util').isDeepStrictEqual({ a: [1, new Map([[1, { x: NaN }]])] }, { a: [1, new Map([[1, { x: NaN }]])] })", true],
  ["(({ isDeepStrictEqual: eq }) => [eq([1], ['1']), eq({ a: undefined }, {}), eq(new Set([{}]), new Set([{}])), eq(new Date(1), new Date(2)), eq(0, -0), eq([1, , 2], [1, undefined, 2])])(require('node:util'))", [false, false, true, false, false, false]],
  ["(({ format, inspect }) => [format('%s:%d', 'a', 1), inspect({ a: 1 })])(require('util'))", ['a:1', '{ a: 1 }']],
  ["(() => { const { inherits } = require('util'); function A() {} function B() {} A.prototype.hi = () => 'hi'; inherits(B, A); return [new B().hi(), B.super_ === A] })()", ['hi', true]],
  ["(({ types }) => [types.isDate(new Date()), types.isPromise({}), types.isAsyncFunction(async () => {}), types.isTypedArray(new Uint8Array())])(require('util'))", [true, false, true, true]],
  ["(({ join, resolve, basename, extname, dirname, relative, normalize, parse, isAbsolute }) => [join('/a', '..', 'b/./c'), resolve('a', '../b'), basename('/x/y.tar.gz', '.gz'), extname('.b'), extname('a.b.c'), dirname('/a/b'), dirname('a'), relative('/a/b/c', '/a/d'), normalize('a//b/..'), parse('/h/f.txt').name, isAbsolute('a')])(require('path'))",
    ['/b/c', '/b', 'y.tar', '', '.c', '/a', '.', '../../d', 'a', 'f', false]],
  ["(({ parse, stringify, escape }) => [parse('a=1&b=2&a=3&c=%20+'), stringify({ a: [1, 2], b: 'x y', c: null }), escape('&é')])(require('querystring'))", [{ a: ['1', '3'], b: '2', c: '  ' }, 'a=1&a=2&b=x%20y&c=', '%26%C3%A9']],
  ["(({ createHash, createHmac, randomBytes, timingSafeEqual, randomInt }) => [createHash('sha256').update('a').update(Buffer.from('bc')).digest('hex').slice(0, 8), createHmac('sha1', 'key').update('The quick brown fox jumps over the lazy dog').digest('base64'), randomBytes(5).length, timingSafeEqual(Buffer.from('a'), Buffer.from('a')), randomInt(5) < 5])(require('crypto'))",
    ['ba7816bf', '3nybhbi3iqa8ino29wqQcBydtNk=', 5, true, true]],
  ["require('crypto').createHash('nope')", { error: 'Error', code: 'ERR_OSSL_EVP_UNSUPPORTED' }],
  ["require('crypto').timingSafeEqual(Buffer.alloc(1), Buffer.alloc(2))", { error: 'RangeError', code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH' }],
  ["(({ parse, format, URL }) => [parse('http://u:p@h:8/p?q=1#f', true).query.q, parse('/p?x').pathname, parse('/p?x').query, format({ protocol: 'https', host: 'a', pathname: '/b', query: { c: 1 } }), URL === globalThis.URL])(require('url'))", ['1', '/p', 'x', 'https://a/b?c=1', true]],
  ["[require('process') === process, require('buffer').Buffer === Buffer, typeof require('timers').setTimeout, require('events') === require('node:events')]", [true, true, 'function', true]],
  ["(() => { const E = require('events'); const e = new E(); const seen = []; e.on('x', function (a) { seen.push(a, this === e) }); e.once('x', () => seen.push('once')); e.prependListener('x', () => seen.push('first')); return [e.emit('x', 1), e.emit('x', 2), e.emit('y'), e.listenerCount('x'), e.eventNames(), ...seen] })()",
    [true, true, false, 2, ['x'], 'first', 1, true, 'once', 'first', 2, true]],
  ["new (require('events'))().emit('error', new RangeError('e'))", { error: 'RangeError' }],
  ["new (require('events'))().emit('error', 'text')", { error: 'Error', code: 'ERR_UNHANDLED_ERROR' }],
  ["(() => { const { EventEmitter } = require('events'); class A extends EventEmitter {} const a = new A(); const f = () => {}; a.on('x', f); a.once('x', f); a.off('x', f); return [a.listenerCount('x'), a.listeners('x').length, a.removeAllListeners().eventNames().length, a.getMaxListeners(), a instanceof EventEmitter] })()", [1, 1, 0, 10, true]],
  ["(() => { const E = require('events'); const log = []; const e = new E(); e.on('newListener', (n) => log.push('+' + n)); e.on('removeListener', (n) => log.push('-' + n)); const f = () => {}; e.on('a', f); e.removeListener('a', f); return log })()", ['+removeListener', '+a', '-a']],
  ["(() => { const assert = require('assert'); const out = []; for (const f of [() => assert(0), () => assert.equal(1, 2), () => assert.deepStrictEqual({ a: 1 }, { a: 2 }), () => assert.throws(() => {}), () => assert.strictEqual(1, 1), () => assert.throws(() => { throw new TypeError('x') }, TypeError), () => assert.throws(() => { throw new Error('x') }, /y/), () => assert.ok(1), () => assert.match('ab', /b/), () => assert.fail('f')]) { try { f(); out.push('ok') } catch (e) { out.push(e.code) } } return out })()",
    ['ERR_ASSERTION', 'ERR_ASSERTION', 'ERR_ASSERTION', 'ERR_ASSERTION', 'ok', 'ok', 'ERR_ASSERTION', 'ok', 'ok', 'ERR_ASSERTION']],
  ["require('assert').strict.equal('1', 1)", { error: 'AssertionError', code: 'ERR_ASSERTION' }],
  ["require('fs')", { error: 'Error', code: 'MODULE_NOT_FOUND' }],
  ["require(5)", { error: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }],
];

for (const [source, expected] of [...BUFFERS, ...MODULES]) {
  test(source.slice(0, 120), () => {
    assert.deepEqual(value(source), expected);
  });
}

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
