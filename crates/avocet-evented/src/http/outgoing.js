// http: what is sent.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { STATE, stateOf } = lib;

  // Bits for headers about the framing: which ones there are, and what is in them.
  const CONNECTION = 1, LENGTH = 2, ENCODING = 4, CLOSE = 8, CHUNKED = 16;
  const known = new Map();
  function classOf(name) {
    let bits = known.get(name);
    if (bits === undefined) {
      bits = (/connection/i.test(name) ? CONNECTION : 0) |
        (/content-length/i.test(name) ? LENGTH : 0) |
        (/transfer-encoding/i.test(name) ? ENCODING : 0);
      if (known.size < 1000) known.set(name, bits);
    }
    return bits;
  }

  // Neither a name nor a value can end its line.
  const clean = (text) => (/[\r\n]/.test(text) ? text.replace(/[\r\n]+[ \t]*/g, ' ') : text);

  // A head is mostly like the one before it: each part knows the header that came next the last
  // time, and the text up to there.
  class Part {
    constructor(name, value, text, seen) {
      this.name = name;
      this.value = value;
      this.text = text;
      this.seen = seen;
      this.next = null;
    }

    add(name, value) {
      const next = this.next;
      if (next !== null && next.name === name && next.value === value) return next;
      const bits = classOf(name);
      let seen = this.seen | bits;
      if (bits & CONNECTION && /close/i.test(value)) seen |= CLOSE;
      if (bits & ENCODING && /chunk/i.test(value)) seen |= CHUNKED;
      const part = new Part(name, value, this.text + clean(name) + ': ' + clean(value) + '\r\n', seen);
      if (part.text.length < 1024) this.next = part;
      return part;
    }
  }
  lib.beginHead = (line) => new Part('', '', line, 0);

  // State of a message that is sent: its text as far as it is not written yet.
  class OutgoingState {
    constructor(owner) {
      this.owner = owner;
      this.text = '';
      this.encoding = -1;
      this.parts = null;
      this.chunked = false;
      this.last = false;
      this.done = false;
      // Whether some of it waits for the end of the turn.
      this.held = false;
      this.silent = false;
      this.bodiless = false;
    }

    isInUse() { return false; }

    // The head: its beginning, the user's headers, then what the framing needs.
    start(part, headers, keepAlive, chunkedDefault) {
      if (Array.isArray(headers)) {
        for (const pair of headers) {
          if (Array.isArray(pair)) part = part.add(String(pair[0]), String(pair[1]));
        }
      } else if (headers !== null && headers !== undefined) {
        for (const name in headers) {
          const value = headers[name];
          if (Array.isArray(value)) part = part.add(String(value[0]), String(value[1]));
          else part = part.add(name, typeof value === 'string' ? value : String(value));
        }
      }
      const framed = (part.seen & (LENGTH | ENCODING)) !== 0;
      if ((part.seen & CONNECTION) === 0) {
        const keep = keepAlive && (framed || chunkedDefault || this.bodiless);
        part = part.add('Connection', keep ? 'keep-alive' : 'close');
      }
      if (!framed && chunkedDefault && !this.bodiless) part = part.add('Transfer-Encoding', 'chunked');
      if (part.seen & CLOSE) this.last = true;
      if (part.seen & CHUNKED) this.chunked = true;
      this.text = part.text + '\r\n';
    }

    add(text, encoding) {
      if (this.encoding < 0 || this.encoding === encoding) {
        this.text += text;
      } else {
        (this.parts || (this.parts = [])).push(this.text, this.encoding);
        this.text = text;
      }
      this.encoding = encoding;
    }

    addBody(chunk, encoding) {
      if (this.chunked) {
        const length = encoding === 0 ? chunk.length : ops.byte_length(chunk);
        chunk = length.toString(16) + '\r\n' + chunk + '\r\n';
      }
      this.add(chunk, encoding);
      if (!this.held) {
        this.held = true;
        lib.hold(this);
      }
    }

    // Ends the message; what is left of it goes out with the next `sendTo`.
    end() {
      if (this.chunked && !this.silent) this.add('0\r\n\r\n', this.encoding < 0 ? 0 : this.encoding);
      this.done = true;
    }

    // Sends what there is through a connection.
    sendTo(id) {
      if (this.held) {
        this.held = false;
        lib.letGo(this);
      }
      if (this.parts !== null) {
        for (let i = 0; i < this.parts.length; i += 2) {
          ops.stream_write(id, this.parts[i], this.parts[i + 1]);
        }
        this.parts = null;
      }
      if (this.text !== '') {
        ops.stream_write(id, this.text, this.encoding);
        this.text = '';
      }
    }

    // Text that nobody can send goes nowhere.
    flush() { this.held = false; }
  }
  lib.OutgoingState = OutgoingState;

  function OutgoingMessage() {
    this[STATE] = new OutgoingState(this);
  }
  lib.inherits(OutgoingMessage, lib.EventEmitter);
  lib.OutgoingMessage = OutgoingMessage;

  OutgoingMessage.prototype.sendBody = function (chunk, encoding) {
    const state = stateOf(this, OutgoingState);
    let as = lib.outgoing(encoding);
    if (Array.isArray(chunk)) {
      chunk = lib.bytesToString(chunk);
      as = 0;
    } else if (typeof chunk !== 'string') {
      if (state.chunked || chunk === undefined || chunk === null || typeof chunk === 'object') {
        throw lib.refusal(TypeError, 'Bad argument', OutgoingMessage.prototype.sendBody,
          'sendBody: the first argument (chunk) must be a string or an array of integers');
      }
      chunk = String(chunk);
    }
    if (chunk !== '' && !state.silent) state.addBody(chunk, as);
  };
})
