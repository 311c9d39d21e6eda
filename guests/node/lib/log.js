'use strict';
// What the function prints becomes lines of its log, each with the call that printed it.
const { Kind } = require('./frames.js');
const { tidy } = require('./describe.js');

/** Longest line that is sent, characters; the rest is cut. */
const MAX_LINE = 64 * 1024;
/** Bytes that may wait for the supervisor; lines beyond are counted and dropped. */
const MAX_BACKLOG = 8 * 1024 * 1024;

/** Lines of one turn of the event loop that are sent one by one. */
const EAGER_LINES = 16;
/** Bytes of further lines that wait for each other. */
const MAX_WAITING = 16 * 1024;

/** Lines on their way to the supervisor. */
class Log {
  constructor(guest) {
    this.guest = guest;
    this.dropped = 0;
    this.eager = EAGER_LINES;
  }

  /** `call`: the {@link Call} that it belongs to, or undefined. */
  line(call, level, text) {
    const { guest } = this;
    if (!guest.hasRoom(MAX_BACKLOG)) {
      this.dropped++;
      return;
    }
    this.tellDropped();
    const trace = call !== undefined && call._span !== null ? `,"trace":"${call._span.traceId}"` : '';
    const cut = text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}… (cut)` : text;
    guest.out.frame(Kind.log, guest.fn, call?.number ?? 0, `{"level":"${level}","time":${Date.now()}${trace}}`, cut);
    this.hurry();
  }

  /** Says how many lines were dropped, as soon as there is room for that. */
  tellDropped() {
    const lost = this.dropped;
    if (lost === 0 || !this.guest.hasRoom(MAX_BACKLOG)) return;
    this.dropped = 0;
    this.line(undefined, 'warn', `${lost} lines were dropped: the function prints faster than they can be kept`);
  }

  /** Sends what was printed before anything else happens: the next statement may be a loop without
   * end or a crash. Floods go out in larger pieces. */
  hurry() {
    const { out } = this.guest;
    if (this.eager === 0) {
      if (out.backlog > MAX_WAITING) out.flush();
      return;
    }
    if (this.eager-- === EAGER_LINES) setImmediate(() => { this.eager = EAGER_LINES; });
    out.flush();
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

  send(text) {
    const { guest } = this;
    const shown = guest.folder && text.includes('\n    at ') ? tidy(text, guest.folder) : text;
    guest.logs.line(this.call, guest.level ?? this.level, shown);
  }
}

module.exports = { Log, captureOutput };
