'use strict';
// Frames to bytes and back: u32 length | u8 kind | u64 call | u32 head length | head | body,
// little-endian; `length` counts what comes after it. The call's number is kept as two u32 halves:
// the function's number and the call's.

const VERSION = 3;
const PREFIX = 17;
const COUNTED = PREFIX - 4;
const MAX_FRAME = 101 * 1024 * 1024;
/** Bytes of a streamed body that may be sent for one call before credit comes back. */
const CREDIT_WINDOW = 256 * 1024;
/** Bytes of one output buffer. A frame that may not fit goes out in buffers of its own. */
const CHUNK = 64 * 1024;

const Kind = Object.freeze({
  hello: 1, load: 2, loaded: 3, unload: 4, invoke: 5, bodyChunk: 6, respond: 7, respondChunk: 8,
  end: 9, hostCall: 10, hostReply: 11, log: 12, span: 13, cancel: 14, ping: 15, pong: 16,
  credit: 17, shutdown: 18,
});

/**
 * Cuts a byte stream into frames and hands each to
 * `onFrame(kind, fn, call, bytes, headAt, bodyAt, end)`: positions, so that nothing is copied or
 * sliced that the receiver does not look at.
 */
class Decoder {
  constructor(onFrame) {
    this.onFrame = onFrame;
    this.parts = [];
    this.have = 0;
    this.need = 4; // bytes that make it worth looking again
  }

  /** Takes the next bytes. Throws where they are no frames: the connection is then useless. */
  push(bytes) {
    let data = bytes;
    if (this.have !== 0) {
      this.parts.push(bytes);
      this.have += bytes.length;
      if (this.have < this.need) return;
      data = Buffer.concat(this.parts, this.have);
      this.parts = [];
      this.have = 0;
    }
    const at = this.cut(data);
    if (at !== data.length) {
      this.parts.push(at === 0 ? data : data.subarray(at));
      this.have = data.length - at;
    }
  }

  /** Hands out the whole frames in `data`; returns where the rest begins. */
  cut(data) {
    let at = 0;
    this.need = 4;
    while (data.length - at >= 4) {
      const length = data.readUInt32LE(at);
      if (length > MAX_FRAME || length < COUNTED) throw new Error(`frame of ${length} bytes`);
      const end = at + 4 + length;
      if (data.length < end) {
        this.need = 4 + length;
        break;
      }
      const headLength = data.readUInt32LE(at + 13);
      if (headLength > length - COUNTED) throw new Error(`frame of ${length} bytes with a head of ${headLength}`);
      const headAt = at + PREFIX;
      this.onFrame(data[at + 4], data.readUInt32LE(at + 9), data.readUInt32LE(at + 5), data, headAt, headAt + headLength, end);
      at = end;
    }
    return at;
  }
}

function put32(buffer, at, value) {
  buffer[at] = value;
  buffer[at + 1] = value >>> 8;
  buffer[at + 2] = value >>> 16;
  buffer[at + 3] = value >>> 24;
}

/** Gathers frames and writes all that one turn of the event loop made with one system call. */
class Writer {
  constructor(socket) {
    this.socket = socket;
    this.buffer = Buffer.allocUnsafeSlow(CHUNK);
    this.from = 0; // what the buffer holds that `parts` does not
    this.at = 0;
    this.parts = [];
    this.waiting = 0; // bytes in `parts`
    this.scheduled = false;
    this.flush = this.flush.bind(this);
  }

  /** Bytes that the peer has not taken yet. */
  get backlog() { return this.waiting + this.at - this.from + this.socket.writableLength; }

  /** `head`: JSON text or ''; `body`: string or bytes, or undefined. */
  frame(kind, fn, call, head, body) {
    const text = typeof body === 'string';
    const most = PREFIX + 3 * head.length + (body === undefined ? 0 : text ? 3 * body.length : body.byteLength);
    if (most > CHUNK) {
      this.large(kind, fn, call, head, body);
    } else {
      if (CHUNK - this.at < most) this.seal(Buffer.allocUnsafeSlow(CHUNK));
      this.small(kind, fn, call, head, body, text);
    }
    if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(this.flush);
    }
  }

  small(kind, fn, call, head, body, text) {
    const { buffer, at } = this;
    const headLength = head === '' ? 0 : buffer.write(head, at + PREFIX);
    let end = at + PREFIX + headLength;
    if (text) {
      end += buffer.write(body, end);
    } else if (body !== undefined) {
      buffer.set(asBuffer(body), end);
      end += body.byteLength;
    }
    put32(buffer, at, end - at - 4);
    buffer[at + 4] = kind;
    put32(buffer, at + 5, call);
    put32(buffer, at + 9, fn);
    put32(buffer, at + 13, headLength);
    this.at = end;
  }

  large(kind, fn, call, head, body) {
    const bytes = body === undefined ? null : typeof body === 'string' ? Buffer.from(body) : asBuffer(body);
    const headLength = Buffer.byteLength(head);
    const first = Buffer.allocUnsafe(PREFIX + headLength);
    put32(first, 0, COUNTED + headLength + (bytes === null ? 0 : bytes.length));
    first[4] = kind;
    put32(first, 5, call);
    put32(first, 9, fn);
    put32(first, 13, headLength);
    first.write(head, PREFIX);
    this.seal(this.buffer);
    this.add(first);
    if (bytes !== null) this.add(bytes);
  }

  add(bytes) {
    this.parts.push(bytes);
    this.waiting += bytes.length;
  }

  /** Puts what was gathered in line and goes on in `next`. */
  seal(next) {
    if (this.at !== this.from) this.add(this.buffer.subarray(this.from, this.at));
    if (next === this.buffer) {
      this.from = this.at;
    } else {
      this.buffer = next;
      this.from = 0;
      this.at = 0;
    }
  }

  flush() {
    this.scheduled = false;
    this.seal(this.buffer);
    const { parts, socket } = this;
    if (parts.length === 0) return;
    this.parts = [];
    this.waiting = 0;
    if (parts.length === 1) {
      socket.write(parts[0]);
    } else {
      socket.cork();
      for (const part of parts) socket.write(part);
      socket.uncork();
    }
    // What the system took at once leaves the buffer free for the next turn.
    if (socket.writableLength === 0) {
      this.from = 0;
      this.at = 0;
    } else {
      this.seal(Buffer.allocUnsafeSlow(CHUNK));
    }
  }
}

function asBuffer(view) {
  if (Buffer.isBuffer(view)) return view;
  if (ArrayBuffer.isView(view)) return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return Buffer.from(view);
}

module.exports = { VERSION, PREFIX, CREDIT_WINDOW, Kind, Decoder, Writer, asBuffer };
