'use strict';

// Built-in modules: an expression, and its value as JSON; of an error, name and code.
// Rows hold with the engine's own operations and with those of the tests' harness.
module.exports = [
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
