'use strict';
const { randomFillSync } = require('node:crypto');

const pool = Buffer.allocUnsafe(1024);
let hex = '';
let at = 0;

/** `bytes` random bytes in hexadecimal; the system is asked once for many. */
function randomHex(bytes) {
  const length = bytes * 2;
  if (at + length > hex.length) {
    hex = randomFillSync(pool).hexSlice();
    at = 0;
  }
  at += length;
  return hex.slice(at - length, at);
}

module.exports = { traceId: () => randomHex(16), spanId: () => randomHex(8) };
