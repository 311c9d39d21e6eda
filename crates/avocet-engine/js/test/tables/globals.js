'use strict';

// Web globals: an expression, and its value as JSON; of an error, name and code.
// Rows hold with the engine's own operations and with those of the tests' harness.
module.exports = [
  // Text
  ["[...new TextEncoder().encode('aé€😀')]", [97, 195, 169, 226, 130, 172, 240, 159, 152, 128]],
  ["new TextEncoder().encodeInto('aé€', new Uint8Array(4))", { read: 2, written: 3 }],
  ["new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97]))", 'a'],
  ["new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 97])).length", 2],
  ["new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255]))", { error: 'TypeError', code: 'ERR_ENCODING_INVALID_ENCODED_DATA' }],
  ["new TextDecoder().decode(new Uint8Array([255, 97]))", '\ufffda'],
  ["(() => { const d = new TextDecoder(); return [0xe2, 0x82, 0xac].map((b, i) => d.decode(new Uint8Array([b]), { stream: i < 2 })) })()", ['', '', '€']],
  ["(() => { const d = new TextDecoder(); return d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }) + d.decode() })()", '\ufffd'],
  ["(() => { const d = new TextDecoder(); return [d.decode(new Uint8Array([0xef, 0xbb]), { stream: true }), d.decode(new Uint8Array([0xbf, 97]))] })()", ['', 'a']],
  ["new TextDecoder('utf-16le').decode(new Uint8Array([97, 0, 0x3d, 0xd8, 0, 0xde]))", 'a😀'],
  ["new TextDecoder('latin1').decode(new Uint8Array([0xe9, 0x80]))", 'é€'],
  ["new TextDecoder('latin1').encoding", 'windows-1252'],
  ["new TextDecoder('x')", { error: 'RangeError', code: 'ERR_ENCODING_NOT_SUPPORTED' }],
  ["[btoa('héllo'), atob('aOlsbG8='), atob(' aGk '), btoa('')]", ['aOlsbG8=', 'héllo', 'hi', '']],
  ["atob('a')", { error: 'InvalidCharacterError', code: 5 }],
  ["btoa('€')", { error: 'InvalidCharacterError', code: 5 }],
  // URL
  ["new URL('../x?a=1#h', 'http://u:p@h.com:81/a/b/c').href", 'http://u:p@h.com:81/a/x?a=1#h'],
  ["(({ origin, host, port, search, hash, username }) => [origin, host, port, search, hash, username])(new URL('http://u@h:81/?q#f'))", ['http://h:81', 'h:81', '81', '?q', '#f', 'u']],
  ["new URL('nope')", { error: 'TypeError', code: 'ERR_INVALID_URL' }],
  ["[URL.canParse('http://a'), URL.canParse('/x'), URL.canParse('/x', 'http://a')]", [true, false, true]],
  ["(() => { const u = new URL('http://a/?x=1'); u.searchParams.append('y', 'a b'); u.searchParams.delete('x'); u.hash = 'z'; return [u.href, u] })()", ['http://a/?y=a+b#z', 'http://a/?y=a+b#z']],
  ["(() => { const u = new URL('http://a/?x=1'); const p = u.searchParams; u.search = '?n=2'; return [p.get('n'), p.has('x'), p.size] })()", ['2', false, 1]],
  ["(() => { const u = new URL('http://a/'); u.port = 'x'; u.protocol = 'https'; u.pathname = 'p q'; return u.href })()", 'https://a/p%20q'],
  ["[...new URLSearchParams('?a=1&b=%20x+y&a=2&c')]", [['a', '1'], ['b', ' x y'], ['a', '2'], ['c', '']]],
  ["new URLSearchParams({ a: 1, 'b c': 'd&é~*' }).toString()", 'a=1&b+c=d%26%C3%A9%7E*'],
  ["(() => { const p = new URLSearchParams([['b', '1'], ['a', '2'], ['b', '3']]); p.sort(); p.set('b', 'x'); return [p.toString(), p.getAll('b'), p.get('z')] })()", ['a=2&b=x', ['x'], null]],
  ["new URLSearchParams([['a']])", { error: 'TypeError', code: 'ERR_INVALID_TUPLE' }],
  // Clone
  ["(() => { const a = { d: new Date(5), m: new Map([[1, { x: new Set([2]) }]]), n: [1, , 3], r: /x/g, e: new RangeError('r') }; a.self = a; const b = structuredClone(a); return [b !== a, b.self === b, b.d.getTime(), [...b.m.get(1).x], b.n, 1 in b.n, String(b.r), b.e instanceof RangeError, b.e.message] })()",
    [true, true, 5, [2], [1, null, 3], false, '/x/g', true, 'r']],
  ["(() => { const u = new Uint8Array([1, 2, 3]); const c = structuredClone({ a: u, b: u.subarray(1) }); return [c.a.buffer === c.b.buffer, c.b[0], c.a === u] })()", [true, 2, false]],
  ['structuredClone(() => {})', { error: 'DataCloneError', code: 25 }],
  ["structuredClone({ s: Symbol('x') })", { error: 'DataCloneError', code: 25 }],
  ['structuredClone(Promise.resolve())', { error: 'DataCloneError', code: 25 }],
  // Crypto
  ['/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())', true],
  ['new Set(Array.from({ length: 500 }, () => crypto.randomUUID())).size', 500],
  ['crypto.getRandomValues(new Uint32Array(4)).length', 4],
  ['crypto.getRandomValues(new Float32Array(4))', { error: 'TypeMismatchError', code: 17 }],
  ['crypto.getRandomValues(new Uint8Array(65537))', { error: 'QuotaExceededError', code: 22 }],
  // Events
  ["(() => { const t = new EventTarget(); const seen = []; t.addEventListener('x', (e) => seen.push(e.type, e.target === t), { once: true }); t.addEventListener('x', { handleEvent(e) { e.preventDefault(); seen.push('h') } }); return [t.dispatchEvent(new Event('x', { cancelable: true })), t.dispatchEvent(new Event('x')), ...seen] })()", [false, true, 'x', true, 'h', 'h']],
  ["(() => { const c = new AbortController(); let n = 0; c.signal.onabort = () => n++; c.signal.addEventListener('abort', () => n++); c.abort('why'); c.abort(); return [n, c.signal.aborted, c.signal.reason, AbortSignal.any([c.signal]).aborted] })()", [2, true, 'why', true]],
  ["AbortSignal.abort().throwIfAborted()", { error: 'AbortError', code: 20 }],
  ['new AbortSignal()', { error: 'TypeError', code: 'ERR_ILLEGAL_CONSTRUCTOR' }],
  ["new CustomEvent('x', { detail: 5 }).detail", 5],
  // Other
  ['[typeof performance.now(), performance.timeOrigin > 1e12]', ['number', true]],
  ["[process.platform, process.cwd(), process.env.X, process.hrtime().length, typeof process.hrtime.bigint(), process.memoryUsage().rss > 0]", ['linux', '/', null, 2, 'bigint', true]],
  ["(process.env.X = 5, [process.env.X, 'X' in process.env, delete process.env.X, process.env.X])", ['5', true, true, null]],
  ['[globalThis === global, typeof globalThis.require, typeof globalThis.module]', [true, 'undefined', 'undefined']],
];
