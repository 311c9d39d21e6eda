'use strict';
// The function's `res`: Express's own response prototype over an object that collects status and
// headers and hands the answer to the frames. Events, streaming and the socket cost nothing until
// they are used.
const http = require('node:http');
const { lazy } = require('./request.js');
const { asBuffer, CREDIT_WINDOW } = require('./frames.js');

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

/**
 * The class of responses for one Express application.
 * @param {import('express').Express} app
 * @param out receives what is answered: `respond(call, fields, body)`, `chunk(call, bytes)`,
 *   `end(call)`, `broken(call, message)`; each call's numbers are opaque here.
 */
function responseClass(app, out) {
  class LightResponse {
    constructor(call, req) {
      this._call = call;
      this.req = req;
      this.app = app;
      this.statusCode = 200;
      this.statusMessage = undefined;
      this.finished = false;
      this.sendDate = true;
      this._names = null; // lower-case name → [name, value]
      this._state = 0; // 0: nothing sent, 1: streaming, 2: complete
      this._inFlight = 0; // bytes sent without credit
      this._closed = false;
    }

    get [Symbol.toStringTag]() { return 'ServerResponse'; }
    get headersSent() { return this._state !== 0; }
    get writableEnded() { return this.finished; }
    get writableFinished() { return this._state === 2; }
    get writable() { return !this.finished && !this._closed; }
    get writableNeedDrain() { return this._inFlight >= CREDIT_WINDOW; }
    get writableLength() { return this._inFlight; }
    get writableHighWaterMark() { return CREDIT_WINDOW; }
    get writableObjectMode() { return false; }
    get writableCorked() { return 0; }
    get destroyed() { return this._closed && !this.finished; }
    get closed() { return this._closed; }
    get errored() { return null; }
    get connection() { return this.socket; }
    get chunkedEncoding() { return this._state === 1; }

    // --- headers
    setHeader(name, value) {
      this._open('set');
      http.validateHeaderName(name);
      http.validateHeaderValue(name, value);
      (this._names ??= new Map()).set(String(name).toLowerCase(), [name, value]);
      return this;
    }

    setHeaders(headers) {
      for (const [name, value] of headers) this.setHeader(name, value);
      return this;
    }

    appendHeader(name, value) {
      const before = this.getHeader(name);
      const list = before === undefined ? [] : Array.isArray(before) ? before : [before];
      return this.setHeader(name, before === undefined ? value : list.concat(value));
    }

    getHeader(name) { return this._names?.get(String(name).toLowerCase())?.[1]; }
    hasHeader(name) { return this._names?.has(String(name).toLowerCase()) ?? false; }
    getHeaderNames() { return this._names === null ? [] : [...this._names.keys()]; }
    getRawHeaderNames() { return this._names === null ? [] : [...this._names.values()].map((pair) => pair[0]); }

    getHeaders() {
      const all = Object.create(null);
      if (this._names !== null) for (const [key, pair] of this._names) all[key] = pair[1];
      return all;
    }

    removeHeader(name) {
      this._open('remove');
      const key = String(name).toLowerCase();
      this._names?.delete(key);
      (this._removed ??= new Set()).add(key);
    }

    writeHead(status, message, headers) {
      this._open('write');
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
      return this;
    }

    flushHeaders() { if (this._state === 0) this._begin(undefined, true); }
    writeContinue() {}
    writeProcessing() {}
    writeEarlyHints(_hints, callback) { callback?.(); }
    addTrailers() {}
    cork() {}
    uncork() {}
    assignSocket() {}
    detachSocket() {}

    setTimeout(_ms, callback) {
      if (callback) this.on('timeout', callback);
      return this;
    }

    // --- body
    write(chunk, encoding, callback) {
      if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding];
      const bytes = payload(chunk, encoding);
      if (this.finished) {
        this._late(coded(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end'), callback);
        return false;
      }
      if (this._closed) return false;
      if (this._state === 0) this._begin(bytes, true);
      else if (this.req?.method !== 'HEAD') this._send(bytes);
      if (callback) process.nextTick(callback);
      return !this.writableNeedDrain;
    }

    end(chunk, encoding, callback) {
      if (typeof chunk === 'function') [chunk, encoding, callback] = [undefined, undefined, chunk];
      else if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding];
      if (this.finished) {
        const error = chunk !== undefined && chunk !== null
          ? coded(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end')
          : coded(Error, 'ERR_STREAM_ALREADY_FINISHED', 'Cannot call end after a stream was finished');
        if (callback) process.nextTick(callback, error);
        else if (chunk !== undefined && chunk !== null) this._late(error);
        return this;
      }
      const bytes = chunk === undefined || chunk === null ? undefined : payload(chunk, encoding);
      this.finished = true;
      if (this._state === 0) {
        this._begin(bytes, false);
      } else {
        if (bytes !== undefined && !this._closed && this.req?.method !== 'HEAD') this._send(bytes);
        if (!this._closed) out.end(this._call);
      }
      this._state = 2;
      if (callback) this.once('finish', callback);
      if (this._events !== undefined) {
        process.nextTick(() => {
          this.emit('finish');
          this._close();
        });
      } else {
        this._closed = true;
      }
      return this;
    }

    destroy(error) {
      if (this._closed) return this;
      if (this._state !== 2) {
        this.finished = true;
        if (this._state === 1) out.broken(this._call, error ? String(error.message ?? error) : 'the response was destroyed');
        else out.respond(this._call, { r: 'failed', e: { kind: 'internal', message: 'the function destroyed its response' } });
        this._state = 2;
      }
      process.nextTick(() => this._close());
      return this;
    }

    /** The receiver took so many bytes. */
    credit(bytes) {
      const needed = this.writableNeedDrain;
      this._inFlight = Math.max(0, this._inFlight - bytes);
      if (needed && !this.writableNeedDrain && !this.finished) this.emit('drain');
    }

    /** The caller is gone: nothing more is sent. */
    abandon() {
      if (this._state === 2) return;
      this._state = 2;
      this.req?.emit?.('aborted');
      this._close();
    }

    /** Status, headers and removed headers as the fields of a respond head. */
    fields(r, more) {
      const head = { r };
      if (this.statusCode !== 200) head.s = this.statusCode;
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
    }

    get untouched() {
      return this._names === null && this.statusCode === 200 && this._removed === undefined;
    }

    _open(verb) {
      if (this._state === 0) return;
      throw coded(Error, 'ERR_HTTP_HEADERS_SENT', `Cannot ${verb} headers after they are sent to the client`);
    }

    _begin(bytes, more) {
      const head = this.fields('response', more);
      head.s = this.statusCode;
      this._state = more ? 1 : 2;
      const silent = this.req?.method === 'HEAD';
      if (more && bytes !== undefined) this._inFlight += bytes.length;
      out.respond(this._call, head, silent ? undefined : bytes);
    }

    _send(bytes) {
      const chunk = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      this._inFlight += chunk.length;
      out.chunk(this._call, chunk);
    }

    _close() {
      if (this._closed) return;
      this._closed = true;
      if (this._events !== undefined) this.emit('close');
    }

    _late(error, callback) {
      if (callback) process.nextTick(callback, error);
      process.nextTick(() => {
        if (this.listenerCount('error') > 0) this.emit('error', error);
      });
    }
  }

  const proto = LightResponse.prototype;
  Object.setPrototypeOf(proto, app.response);
  lazy(proto, 'socket', (res) => res.req?.socket ?? null);
  lazy(proto, 'locals', () => Object.create(null));
  return LightResponse;
}

module.exports = { responseClass };
