// http: what is sent.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;

  // What headers say about the framing: which ones there are, and what is in them.
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
  const firsts = new Map();
  function firstOf(line) {
    let part = firsts.get(line);
    if (part === undefined) {
      part = new Part('', '', line, 0);
      if (firsts.size < 100) firsts.set(line, part);
    }
    return part;
  }

  function OutgoingMessage() {
    this._text = '';
    this._encoding = -1;
    this._parts = null;
    this._chunked = false;
    this._last = false;
    this._done = false;
    this._dirty = false;
    this._silent = false;
  }
  lib.inherits(OutgoingMessage, lib.EventEmitter);
  lib.OutgoingMessage = OutgoingMessage;

  // The head: first line, the user's headers, then what the framing needs.
  OutgoingMessage.prototype._start = function (line, headers, keepAlive, chunkedDefault) {
    let part = firstOf(line);
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
      const keep = keepAlive && (framed || chunkedDefault || this._bodiless);
      part = part.add('Connection', keep ? 'keep-alive' : 'close');
    }
    if (!framed && chunkedDefault && !this._bodiless) part = part.add('Transfer-Encoding', 'chunked');
    if (part.seen & CLOSE) this._last = true;
    if (part.seen & CHUNKED) this._chunked = true;
    this._text = part.text + '\r\n';
  };

  OutgoingMessage.prototype._add = function (text, encoding) {
    if (this._encoding < 0 || this._encoding === encoding) {
      this._text += text;
    } else {
      (this._parts || (this._parts = [])).push(this._text, this._encoding);
      this._text = text;
    }
    this._encoding = encoding;
  };

  OutgoingMessage.prototype.sendBody = function (chunk, encoding) {
    let as = lib.outgoing(encoding);
    if (Array.isArray(chunk)) {
      chunk = lib.bytesToString(chunk);
      as = 0;
    } else if (typeof chunk !== 'string') {
      if (this._chunked || chunk === undefined || chunk === null || typeof chunk === 'object') {
        throw lib.refusal(TypeError, 'Bad argument', OutgoingMessage.prototype.sendBody,
          'sendBody: the first argument (chunk) must be a string or an array of integers');
      }
      chunk = String(chunk);
    }
    if (chunk === '' || this._silent) return;
    if (this._chunked) {
      const length = as === 0 ? chunk.length : ops.byteLength(chunk);
      chunk = length.toString(16) + '\r\n' + chunk + '\r\n';
    }
    this._add(chunk, as);
    if (!this._dirty) {
      this._dirty = true;
      lib.flushSoon(this);
    }
  };

  OutgoingMessage.prototype._finish = function () {
    if (this._chunked && !this._silent) this._add('0\r\n\r\n', this._encoding < 0 ? 0 : this._encoding);
    this._done = true;
  };

  // Sends what there is through a connection.
  OutgoingMessage.prototype._sendTo = function (id) {
    let last = 0;
    if (this._dirty) {
      this._dirty = false;
      last = lib.flushed(this) ? 1 : 0;
    }
    if (this._parts !== null) {
      for (let i = 0; i < this._parts.length; i += 2) {
        ops.streamWrite(id, this._parts[i], this._parts[i + 1], 0);
      }
      this._parts = null;
    }
    if (this._text !== '') {
      ops.streamWrite(id, this._text, this._encoding, last);
      this._text = '';
    }
  };
})
