// multipart: form data taken apart as it comes, in constant memory.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { EventEmitter } = lib;

  // A part's head is small; one that does not end is not a part's head.
  const MAX_HEAD = 64 * 1024;

  function Part(stream) {
    this.headers = {};
    this.name = null;
    this.filename = null;
    this.bytesReceived = 0;
    // What is there of the body and has not been given out.
    this.buffer = '';
    this.getStream = () => stream;
  }
  lib.inherits(Part, EventEmitter);

  function parameters(value) {
    const found = {};
    const pattern = /([^\s;=]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g;
    for (let match; (match = pattern.exec(value)) !== null;) {
      const quoted = match[2] !== undefined;
      found[match[1]] = quoted ? match[2].replace(/\\(.)/g, '$1') : match[3].trim();
    }
    return found;
  }

  function readHead(part, text) {
    for (const line of text.split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon < 0) continue;
      const name = line.slice(0, colon).trim().toLowerCase();
      const value = line.slice(colon + 1).trim();
      part.headers[name] = parameters(value);
      if (name !== 'content-disposition') continue;
      part.name = part.headers[name].name === undefined ? null : part.headers[name].name;
      if (part.headers[name].filename !== undefined) part.filename = part.headers[name].filename;
    }
  }

  // Looking for a boundary: before the first, in a part's head, in its body, after the last.
  const START = 0, HEAD = 1, BODY = 2, END = 3;

  function Stream(options) {
    if (options === null || typeof options !== 'object') {
      throw new TypeError('multipart.Stream: the options must be a request, or an object with boundary and data');
    }
    this.bytesReceived = 0;
    this.bytesTotal = 0;
    this.part = null;
    this._state = START;
    this._buffer = '';
    this._lead = 0;
    if (typeof options.boundary === 'string') {
      this.boundary = options.boundary;
      lib.setTimeout(() => {
        this.write(lib.data(options.data === undefined ? '' : options.data, 'multipart.Stream'));
        this._finish();
      }, 0);
    } else {
      this._follow(options);
    }
    // The first boundary has no line before it.
    this._buffer = '\r\n';
  }
  lib.inherits(Stream, EventEmitter);

  Stream.prototype._follow = function (request) {
    const headers = request.headers || {};
    const type = String(headers['content-type'] || '');
    const found = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type);
    if (/^multipart\//i.test(type) && found) this.boundary = '--' + (found[1] || found[2]);
    this.bytesTotal = headers['content-length'];
    request.addListener('body', (chunk) => this.write(chunk));
    request.addListener('complete', () => this._finish());
  };

  Stream.prototype.write = function (chunk) {
    if (typeof chunk !== 'string') throw new TypeError('stream.write: the chunk must be a string');
    this.bytesReceived += chunk.length;
    if (this.boundary === undefined || this._state === END) return;
    this._buffer += chunk;
    while (this._step());
  };

  Stream.prototype._step = function () {
    if (this._state === END) return false;
    return this._state === HEAD ? this._readHead() : this._readBody();
  };

  Stream.prototype._readHead = function () {
    // A part may have no head at all.
    const end = this._buffer.startsWith('\r\n') ? -2 : this._buffer.indexOf('\r\n\r\n');
    if (end === -1) {
      if (this._buffer.length > MAX_HEAD) this._end();
      return false;
    }
    const part = this.part = new Part(this);
    readHead(part, this._buffer.slice(0, Math.max(0, end)));
    // The line end before a body stays: it begins the boundary where there is no body.
    this._buffer = this._buffer.slice(end + 2);
    this._lead = 2;
    this._state = BODY;
    this._keep(this._buffer);
    this.emit('part', part);
    return true;
  };

  Stream.prototype._readBody = function () {
    const mark = '\r\n' + this.boundary;
    const at = this._buffer.indexOf(mark);
    if (at < 0) {
      // A boundary may have begun at the end of what is there.
      const safe = this._buffer.length - mark.length + 1;
      if (safe > this._lead) {
        this._give(this._buffer.slice(0, safe));
        this._buffer = this._buffer.slice(safe);
      }
      this._keep(this._buffer);
      return false;
    }
    const after = at + mark.length;
    const line = this._buffer.indexOf('\r\n', after);
    const last = this._buffer.slice(after, after + 2) === '--';
    if (!last && line < 0) return false;
    this._give(this._buffer.slice(0, at));
    this._complete();
    if (last) return this._end();
    this._buffer = this._buffer.slice(line + 2);
    this._state = HEAD;
    return true;
  };

  // Shows a part what of its body is there.
  Stream.prototype._keep = function (text) {
    if (this.part === null) return;
    const end = text.indexOf('\r\n' + this.boundary);
    this.part.buffer = text.slice(this._lead, end < 0 ? undefined : end);
  };

  Stream.prototype._give = function (text) {
    text = text.slice(this._lead);
    this._lead = 0;
    if (this.part !== null) this.part.buffer = '';
    if (text === '' || this.part === null) return;
    this.part.bytesReceived += text.length;
    this.part.emit('body', text);
  };
  Stream.prototype._complete = function () {
    const part = this.part;
    this.part = null;
    if (part !== null) part.emit('complete');
  };
  Stream.prototype._end = function () {
    this._state = END;
    this._buffer = '';
    return false;
  };
  Stream.prototype._finish = function () {
    if (this._state === BODY) this._give(this._buffer);
    this._complete();
    this._end();
    this.emit('complete');
  };

  const multipart = {
    Stream,
    parse(options) {
      const promise = new lib.Promise(), parts = {};
      const stream = new Stream(options);
      stream.addListener('part', (part) => {
        let body = '';
        part.addListener('body', (chunk) => { body += chunk; });
        part.addListener('complete', () => {
          Object.defineProperty(parts, part.name, {
            value: body, enumerable: true, configurable: true, writable: true,
          });
        });
      });
      stream.addListener('complete', () => promise.emitSuccess(parts));
      return promise;
    },
  };
  lib.define('multipart', () => multipart);
})
