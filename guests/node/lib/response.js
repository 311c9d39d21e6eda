'use strict';
// The function's `res`: Express's own response prototype over an object that collects status and
// headers and hands the answer to the frames. Events, streaming and the socket cost nothing until
// they are used.
const { EventEmitter } = require('node:events');
const http = require('node:http');
const { lazy } = require('./request.js');
const { asBuffer } = require('./frames.js');
const { describe } = require('./describe.js');
const { Outgoing } = require('./outgoing.js');

/** What was answered so far. */
const State = Object.freeze({ open: 0, streaming: 1, complete: 2 });

function coded(Type, code, message) {
  const error = new Type(message);
  error.code = code;
  return error;
}

/** Bytes of a body argument, or the string itself where it is UTF-8. */
function payload(chunk, encoding) {
  if (typeof chunk === 'string') {
    const plain = encoding === undefined || encoding === null || /^utf-?8$/i.test(encoding);
    return plain ? chunk : Buffer.from(chunk, encoding);
  }
  if (ArrayBuffer.isView(chunk)) return asBuffer(chunk);
  throw coded(TypeError, 'ERR_INVALID_ARG_TYPE',
    `The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received ${chunk === null ? 'null' : `type ${typeof chunk}`}`);
}

const givesNoBody = (res) => res.req.method === 'HEAD';

/** The headers of Node.js's ServerResponse. */
const headerMethods = {
  setHeader(name, value) {
    this._mustBeOpen('set');
    http.validateHeaderName(name);
    http.validateHeaderValue(name, value);
    (this._names ??= new Map()).set(String(name).toLowerCase(), [name, value]);
    return this;
  },

  setHeaders(headers) {
    for (const [name, value] of headers) this.setHeader(name, value);
    return this;
  },

  appendHeader(name, value) {
    const before = this.getHeader(name);
    const list = before === undefined ? [] : Array.isArray(before) ? before : [before];
    return this.setHeader(name, before === undefined ? value : list.concat(value));
  },

  getHeader(name) { return this._names?.get(String(name).toLowerCase())?.[1]; },
  hasHeader(name) { return this._names?.has(String(name).toLowerCase()) ?? false; },
  getHeaderNames() { return this._names === null ? [] : [...this._names.keys()]; },
  getRawHeaderNames() { return this._names === null ? [] : [...this._names.values()].map((pair) => pair[0]); },

  getHeaders() {
    const all = Object.create(null);
    if (this._names !== null) for (const [key, pair] of this._names) all[key] = pair[1];
    return all;
  },

  removeHeader(name) {
    this._mustBeOpen('remove');
    const key = String(name).toLowerCase();
    this._names?.delete(key);
    (this._removed ??= new Set()).add(key);
  },

  writeHead(status, message, headers) {
    this._mustBeOpen('write');
    const code = status | 0;
    if (code < 100 || code > 999) {
      throw coded(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE', `Invalid status code: ${status}`);
    }
    this.statusCode = code;
    if (typeof message === 'string') this.statusMessage = message;
    const given = typeof message === 'string' ? headers : message;
    if (Array.isArray(given)) {
      const flat = given.flat();
      for (let i = 0; i < flat.length; i += 2) this.appendHeader(flat[i], flat[i + 1]);
    } else if (given) {
      for (const name of Object.keys(given)) this.setHeader(name, given[name]);
    }
    this._headWritten = true;
    return this;
  },

  _mustBeOpen(verb) {
    if (this._state === State.open && !this._headWritten) return;
    throw coded(Error, 'ERR_HTTP_HEADERS_SENT', `Cannot ${verb} headers after they are sent to the client`);
  },

  /** Middleware that waits for the headers (on-headers) puts itself in place of writeHead. */
  _implicitHeader() {
    if (!this._headWritten && Object.hasOwn(this, 'writeHead')) this.writeHead(this.statusCode);
  },

  /** Status, headers and removed headers as the fields of a respond head. */
  _fields(r, more) {
    const head = { r };
    if (this.statusCode !== 200 || r === 'response') head.s = this.statusCode;
    if (this._names !== null && this._names.size > 0) {
      const flat = [];
      for (const [name, value] of this._names.values()) {
        if (Array.isArray(value)) for (const one of value) flat.push(name, String(one));
        else flat.push(name, String(value));
      }
      head.h = flat;
    }
    if (this._removed !== undefined) head.x = [...this._removed];
    if (more) head.more = true;
    return head;
  },
};

/** Its body: whole in one frame, or streamed as far as credit allows. */
const bodyMethods = {
  flushHeaders() { if (this._state === State.open) this._begin(undefined, true); },

  write(chunk, encoding, callback) {
    if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding];
    const bytes = payload(chunk, encoding);
    if (this.finished) {
      this._late(coded(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end'), callback);
      return false;
    }
    if (this._closed) {
      if (callback) process.nextTick(callback, coded(Error, 'ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed'));
      return false;
    }
    if (this._state === State.open) this._begin(undefined, true);
    if (!givesNoBody(this)) this._out.send(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, callback);
    else if (callback) process.nextTick(callback);
    return !this.writableNeedDrain;
  },

  end(chunk, encoding, callback) {
    if (typeof chunk === 'function') [chunk, encoding, callback] = [undefined, undefined, chunk];
    else if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding];
    const given = chunk !== undefined && chunk !== null;
    if (this.finished) return this._endAgain(given, callback);
    const bytes = given ? payload(chunk, encoding) : undefined;
    if (callback) this.once('finish', callback);
    if (this._closed) {
      this.finished = true;
    } else if (this._state === State.open) {
      this._begin(givesNoBody(this) ? undefined : bytes, false);
    } else {
      if (given && !givesNoBody(this)) this._out.send(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
      this.finished = true;
      this._out.end();
    }
    return this;
  },

  _endAgain(given, callback) {
    const error = given ? coded(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end')
      : coded(Error, 'ERR_STREAM_ALREADY_FINISHED', 'Cannot call end after a stream was finished');
    if (callback) process.nextTick(callback, error);
    else if (given) this._late(error);
    return this;
  },

  destroy(error) {
    if (this._closed) return this;
    if (this._state !== State.complete) {
      this.finished = true;
      this._call.guest.destroyed(this._call, this._state === State.streaming, error);
      this._state = State.complete;
    }
    process.nextTick(() => this._close());
    return this;
  },

  /** The first frame of what the function answers itself. */
  _begin(bytes, more) {
    this._implicitHeader();
    if (this._state !== State.open) return;
    this._start(this._fields('response', more), bytes, more);
  },

  /** Answers by the return table: the function gave back a value. */
  _give(r, body) {
    this._implicitHeader();
    this._start(this._fields(r, false), body, false);
  },

  _start(fields, body, more) {
    const call = this._call;
    call.status = this.statusCode;
    if (body === undefined && !more && givesNoBody(this) && this.hasHeader('content-length')) {
      this._headOnly(fields);
      return;
    }
    if (!more && Outgoing.fits(body)) {
      this._state = State.complete;
      this.finished = true;
      call.guest.respond(call, fields, body);
      this._finish();
      return;
    }
    this._state = State.streaming;
    this._out = new Outgoing(call, this);
    if (more) {
      call.guest.respond(call, fields, undefined);
      return;
    }
    const bytes = typeof body === 'string' ? Buffer.from(body) : asBuffer(body);
    fields.more = true;
    if (!this.hasHeader('content-length')) (fields.h ??= []).push('content-length', String(bytes.length));
    call.guest.respond(call, fields, undefined);
    this.finished = true;
    this._out.send(bytes);
    this._out.end();
  },

  /** The answer to HEAD, with the length of what is not sent. */
  _headOnly(fields) {
    const { guest } = this._call;
    guest.respond(this._call, { ...fields, more: true }, undefined);
    guest.ended(this._call);
    this._finish();
  },

  /** Everything was handed on. */
  _finish() {
    this._state = State.complete;
    this.finished = true;
    if (this._events === undefined) {
      this._closed = true;
      return;
    }
    process.nextTick(() => {
      this.emit('finish');
      this._close();
    });
  },

  /** The caller is gone: nothing more is sent. */
  abandon() {
    if (this._state === State.complete) return;
    this._state = State.complete;
    this._close();
  },

  _close() {
    if (this._closed) return;
    this._closed = true;
    if (this._events !== undefined) this.emit('close');
  },

  _late(error, callback) {
    process.nextTick(() => {
      callback?.(error);
      if (this.listenerCount('error') > 0) this.emit('error', error);
      else this._call.guest.log(this._call, 'error', describe(error, this._call.guest.folder));
    });
  },
};

/** What belongs to a connection, which there is not. */
const connectionMethods = {
  writeContinue() {},
  writeProcessing() {},
  writeEarlyHints(_hints, callback) { callback?.(); },
  addTrailers() {},
  cork() {},
  uncork() {},
  assignSocket() {},
  detachSocket() {},
  setTimeout(_ms, callback) {
    if (callback) this.on('timeout', callback);
    return this;
  },
};

/**
 * The class of responses for one Express application.
 * @param {import('express').Express} app
 */
function responseClass(app) {
  class LightResponse {
    /** @param {import('./call.js').Call} call */
    constructor(call, req) {
      this._call = call;
      this.req = req;
      this.statusCode = 200;
      this.statusMessage = undefined;
      this.finished = false;
      this.sendDate = true;
      this._names = null; // lower-case name → [name, value]
      this._state = State.open;
      this._out = null;
      this._headWritten = false;
      this._closed = false;
      this._awaited = false; // a stream or a file will end it: nothing returned is no answer
    }

    sendFile(...args) {
      this._awaited = true;
      return app.response.sendFile.apply(this, args);
    }

    render(...args) {
      this._awaited = true;
      return app.response.render.apply(this, args);
    }

    emit(name, ...args) {
      if (name === 'pipe') this._awaited = true;
      return EventEmitter.prototype.emit.call(this, name, ...args);
    }

    get [Symbol.toStringTag]() { return 'ServerResponse'; }
    get headersSent() { return this._state !== State.open || this._headWritten; }
    get writableEnded() { return this.finished; }
    get writableFinished() { return this.finished && this._state === State.complete; }
    get writable() { return !this.finished && !this._closed; }
    get writableNeedDrain() { return this._out?.full ?? false; }
    get writableLength() { return this._out?.queued ?? 0; }
    get writableHighWaterMark() { return Outgoing.HIGH_WATER_MARK; }
    get writableObjectMode() { return false; }
    get writableCorked() { return 0; }
    get destroyed() { return this._closed; }
    get closed() { return this._closed; }
    get errored() { return null; }
    get connection() { return this.socket; }
    get chunkedEncoding() { return this._state === State.streaming; }

    /** Nothing was set: the return value alone is the answer. */
    get untouched() {
      return this._names === null && this.statusCode === 200 && this._removed === undefined && this._events === undefined
        && !Object.hasOwn(this, 'writeHead');
    }
  }

  const proto = LightResponse.prototype;
  Object.defineProperty(LightResponse, 'name', { value: 'ServerResponse' });
  for (const methods of [headerMethods, bodyMethods, connectionMethods]) {
    for (const name of Object.keys(methods)) {
      Object.defineProperty(proto, name, { value: methods[name], writable: true, configurable: true });
    }
  }
  Object.setPrototypeOf(proto, app.response);
  lazy(proto, 'socket', (res) => res.req.socket);
  lazy(proto, 'locals', () => Object.create(null));
  return LightResponse;
}

module.exports = { responseClass, State };
