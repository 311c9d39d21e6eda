'use strict';
// A response body on its way: sent as far as the receiver granted, the rest kept in order.
const { CREDIT_WINDOW } = require('./frames.js');

/** Bytes of one piece: several calls share the socket. */
const PIECE = 64 * 1024;
/** A body up to this size goes out in one frame with the head. */
const WHOLE = 4 * 1024 * 1024;

class Outgoing {
  static HIGH_WATER_MARK = 64 * 1024;

  /** Whether `body` goes out in one frame. */
  static fits(body) {
    return body === undefined || (typeof body === 'string' ? body.length * 3 : body.byteLength) <= WHOLE
      || (typeof body === 'string' && Buffer.byteLength(body) <= WHOLE);
  }

  /** @param res told of `drain` and of the end */
  constructor(call, res) {
    this.call = call;
    this.res = res;
    this.window = CREDIT_WINDOW;
    this.queue = []; // [bytes, callback]
    this.queued = 0;
    this.ending = false;
    this.wasFull = false;
  }

  get full() { return this.queued > 0 || this.window === 0; }

  send(bytes, callback) {
    this.queue.push([bytes, callback]);
    this.queued += bytes.length;
    this.pump();
    if (this.full) this.wasFull = true;
  }

  end() {
    this.ending = true;
    this.pump();
  }

  credit(bytes) {
    this.window += bytes;
    this.pump();
    if (!this.wasFull || this.full || this.ending) return;
    this.wasFull = false;
    this.res.emit('drain');
  }

  pump() {
    const { guest } = this.call;
    while (this.queue.length > 0) {
      const [bytes, callback] = this.queue[0];
      const now = Math.min(bytes.length, this.window, PIECE);
      if (now === 0 && bytes.length > 0) return;
      if (now > 0) guest.chunk(this.call, now === bytes.length ? bytes : bytes.subarray(0, now));
      this.window -= now;
      this.queued -= now;
      if (now === bytes.length) {
        this.queue.shift();
        if (callback) process.nextTick(callback);
      } else {
        this.queue[0][0] = bytes.subarray(now);
      }
    }
    if (!this.ending) return;
    this.ending = false;
    guest.ended(this.call);
    this.res._finish();
  }
}

module.exports = { Outgoing };
