'use strict';

// Buffer: an expression, and its value as JSON; of an error, name and code.
// Rows hold with the engine's own operations and with those of the tests' harness.
module.exports = [
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
