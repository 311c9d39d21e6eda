'use strict';
// What the function prints becomes lines of its log, each with the call that printed it.
const { inspect } = require('node:util');

/** Longest line that is sent, characters; the rest is cut. */
const MAX_LINE = 64 * 1024;

/** Text of whatever was thrown. */
function describe(error) {
  if (error instanceof Error && typeof error.stack === 'string') {
    return error.cause === undefined ? error.stack : inspect(error);
  }
  return `Uncaught ${inspect(error)}`;
}

/** Sends what is written to standard output and error to the log, line by line. */
function captureOutput(guest) {
  capture(guest, process.stdout, 'info');
  capture(guest, process.stderr, 'error');
  const { console } = globalThis;
  for (const [method, level] of [['debug', 'debug'], ['warn', 'warn']]) {
    const print = console[method];
    console[method] = function (...values) {
      guest.level = level;
      try {
        print.apply(console, values);
      } finally {
        guest.level = undefined;
      }
    };
  }
}

function capture(guest, stream, level) {
  let open = '';
  let number = 0;
  stream.write = (chunk, encoding, callback) => {
    if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding];
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const now = guest.current.getStore()?.number ?? 0;
    if (open !== '' && number !== now) flush();
    number = now;
    open += text;
    const last = open.lastIndexOf('\n');
    if (last >= 0) {
      const whole = open.slice(0, last);
      open = open.slice(last + 1);
      send(whole);
    } else if (open.length > MAX_LINE) {
      flush();
    }
    if (callback) process.nextTick(callback);
    return true;
  };
  const send = (text) => guest.log(number, guest.level ?? level,
    text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}… (cut)` : text);
  const flush = () => {
    const text = open;
    open = '';
    if (text !== '') send(text);
  };
  process.on('exit', flush);
}

module.exports = { captureOutput, describe };
