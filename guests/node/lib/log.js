'use strict';
// What the function prints becomes lines of its log, each with the call that printed it.
const { Kind } = require('./frames.js');

/** Longest line that is sent, characters; the rest is cut. */
const MAX_LINE = 64 * 1024;
/** Bytes that may wait for the supervisor; lines beyond are counted and dropped. */
const MAX_BACKLOG = 8 * 1024 * 1024;

/** Lines on their way to the supervisor. */
class Log {
  constructor(guest) {
    this.guest = guest;
    this.dropped = 0;
  }

  /** `call`: the {@link Call} that it belongs to, or undefined. */
  line(call, level, text) {
    const { guest } = this;
    if (!guest.hasRoom(MAX_BACKLOG)) {
      this.dropped++;
      return;
    }
    if (this.dropped > 0) {
      const lost = this.dropped;
      this.dropped = 0;
      this.line(undefined, 'warn', `${lost} lines were dropped: the function prints faster than they can be kept`);
    }
    const trace = call !== undefined && call._span !== null ? `,"trace":"${call._span.traceId}"` : '';
    const cut = text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}… (cut)` : text;
    guest.out.frame(Kind.log, guest.fn, call?.number ?? 0, `{"level":"${level}","time":${Date.now()}${trace}}`, cut);
  }
}

/** Sends what is written to standard output and error to the log, line by line. */
function captureOutput(guest) {
  const streams = [new Capture(guest, process.stdout, 'info'), new Capture(guest, process.stderr, 'error')];
  const { console } = globalThis;
  for (const [method, level] of [['debug', 'debug'], ['trace', 'debug'], ['warn', 'warn']]) {
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
  const flush = () => { for (const one of streams) one.flush(); };
  process.on('exit', flush);
  return flush;
}

/** One of the two streams: whole lines go out, a beginning waits for its end or its call's. */
class Capture {
  constructor(guest, stream, level) {
    Object.assign(this, { guest, level, open: '', call: undefined });
    stream.write = (chunk, encoding, callback) => {
      if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding];
      this.write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
      if (callback) process.nextTick(callback);
      return true;
    };
  }

  write(text) {
    const call = this.guest.current.getStore()?.call;
    if (this.open !== '' && this.call !== call) this.flush();
    this.call = call;
    const all = this.open + text;
    const last = all.lastIndexOf('\n');
    this.open = last < 0 ? all : all.slice(last + 1);
    if (last >= 0) this.send(all.slice(0, last));
    if (this.open.length > MAX_LINE) this.flush();
    else if (this.open !== '') this.guest.hasOpenLine = true;
  }

  flush() {
    const { open } = this;
    this.open = '';
    if (open !== '') this.send(open);
  }

  send(text) { this.guest.logs.line(this.call, this.guest.level ?? this.level, text); }
}

module.exports = { Log, captureOutput };
