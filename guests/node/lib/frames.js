'use strict';
// Frames to bytes and back: u32 length | u8 kind | u64 call | u32 head length | head | body,
// little-endian; `length` counts what comes after it. The call's number is kept as two u32 halves:
// the function's number and the call's.

const VERSION = 1;
const PREFIX = 17;
const COUNTED = PREFIX - 4;
const MAX_FRAME = 101 * 1024 * 1024;
/** Bytes of a streamed body that may be sent for one call before credit comes back. */
const CREDIT_WINDOW = 256 * 1024;

const Kind = Object.freeze({
  hello: 1, load: 2, loaded: 3, unload: 4, invoke: 5, bodyChunk: 6, respond: 7, respondChunk: 8,
  end: 9, hostCall: 10, hostReply: 11, log: 12, span: 13, cancel: 14, ping: 15, pong: 16,
  credit: 17, shutdown: 18,
});

/** Cuts a byte stream into frames and hands each to `onFrame(kind, fn, call, head, body)`. */
class Decoder {
  constructor(onFrame) {
    this.onFrame = onFrame;
    this.rest = null;
  }

  /** Takes the next bytes. Throws where they are no frames: the connection is then useless. */
  push(bytes) {
    let data = this.rest === null ? bytes : Buffer.concat([this.rest, bytes]);
    let at = 0;
    while (data.length - at >= 4) {
      const length = data.readUInt32LE(at);
      if (length > MAX_FRAME || length < COUNTED) throw new Error(`frame of ${length} bytes`);
      if (data.length - at < 4 + length) break;
      const headLength = data.readUInt32LE(at + 13);
      if (headLength > length - COUNTED) throw new Error(`frame of ${length} bytes with a head of ${headLength}`);
      const body = at + PREFIX + headLength;
      const end = at + 4 + length;
      this.onFrame(data[at + 4], data.readUInt32LE(at + 9), data.readUInt32LE(at + 5),
        data.utf8Slice(at + PREFIX, body), data.subarray(body, end));
      at = end;
    }
    this.rest = at === data.length ? null : data.subarray(at);
  }
}

/** Gathers frames and writes all that one turn of the event loop made with one system call. */
class Writer {
  constructor(socket) {
    this.socket = socket;
    this.parts = [];
    this.scheduled = false;
    this.flush = this.flush.bind(this);
  }

  /** `head`: JSON text or ''; `body`: string or bytes, or undefined. */
  frame(kind, fn, call, head, body) {
    const headBytes = Buffer.byteLength(head);
    const text = typeof body === 'string';
    const bodyBytes = body === undefined ? 0 : text ? Buffer.byteLength(body) : body.byteLength;
    const inline = text ? bodyBytes : 0;
    const out = Buffer.allocUnsafe(PREFIX + headBytes + inline);
    out.writeUInt32LE(COUNTED + headBytes + bodyBytes, 0);
    out[4] = kind;
    out.writeUInt32LE(call, 5);
    out.writeUInt32LE(fn, 9);
    out.writeUInt32LE(headBytes, 13);
    if (headBytes !== 0) out.write(head, PREFIX, 'utf8');
    if (inline !== 0) out.write(body, PREFIX + headBytes, 'utf8');
    this.parts.push(out);
    if (bodyBytes !== 0 && !text) this.parts.push(asBuffer(body));
    if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(this.flush);
    }
  }

  flush() {
    this.scheduled = false;
    if (this.parts.length === 0) return;
    const parts = this.parts;
    this.parts = [];
    this.socket.write(parts.length === 1 ? parts[0] : Buffer.concat(parts));
  }
}

function asBuffer(view) {
  if (Buffer.isBuffer(view)) return view;
  if (ArrayBuffer.isView(view)) return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return Buffer.from(view);
}

module.exports = { VERSION, CREDIT_WINDOW, Kind, Decoder, Writer, asBuffer };
