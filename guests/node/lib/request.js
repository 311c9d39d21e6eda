'use strict';
// The function's `req`: Express's own request prototype over an object that holds nothing but the
// call's head. Headers, the stream and the socket come into being on first use, because most
// functions look at few of them and building them is most of a request's cost.
const http = require('node:http');
const { Readable } = require('node:stream');
const { LightSocket } = require('./socket.js');

/** Headers of which Node.js keeps the first value and drops later ones. */
const FIRST_WINS = new Set([
  'age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host',
  'if-modified-since', 'if-unmodified-since', 'last-modified', 'location', 'max-forwards',
  'proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent',
]);

// An Express application of the function's own puts Node.js's prototype behind the request. There
// `headers` cannot be replaced; it reads as many of `rawHeaders` as this field says.
const HEADER_COUNT = Object.getOwnPropertySymbols(new http.IncomingMessage(null))
  .find(({ description }) => description === 'kHeadersCount') ?? Symbol('kHeadersCount');

/** Flat list of names and values to the object that `req.headers` is in Node.js. */
function joinHeaders(flat) {
  const headers = {};
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i].toLowerCase();
    const value = flat[i + 1];
    const before = headers[name];
    if (name === 'set-cookie') {
      if (before === undefined) headers[name] = [value];
      else before.push(value);
    } else if (before === undefined || !Object.hasOwn(headers, name)) {
      headers[name] = value;
    } else if (!FIRST_WINS.has(name)) {
      headers[name] = `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
    }
  }
  return headers;
}

/** Sets an own, writable property where a getter on the prototype stood in for it. */
function settle(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: true });
  return value;
}

/** A property that `make(this)` builds on first use and that can be assigned. */
function lazy(prototype, name, make) {
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable: true,
    get() { return settle(this, name, make(this)); },
    set(value) { settle(this, name, value); },
  });
}

/**
 * The class of requests for one Express application.
 * @param {import('express').Express} app
 */
function requestClass(app) {
  class LightRequest {
    /** @param {import('./call.js').Call} call */
    constructor(call) {
      const { head } = call;
      this.method = head.m;
      this.url = head.u;
      this.originalUrl = head.u;
      this.baseUrl = '';
      this.rawHeaders = head.h;
      this[HEADER_COUNT] = head.h.length;
      this.res = undefined;
      this.aborted = false;
      this._call = call;
      this._consumed = false;
    }

    get [Symbol.toStringTag]() { return 'IncomingMessage'; }
    get httpVersion() { return '1.1'; }
    get httpVersionMajor() { return 1; }
    get httpVersionMinor() { return 1; }
    get complete() { return this._call.body === null || this._call.body.ended; }
    /** The body's bytes, also where `event.data` was read from them; for signatures over them. */
    get rawBody() { return this._call.bytes; }
    get connection() { return this.socket; }

    setTimeout(_ms, callback) {
      if (callback) this.on('timeout', callback);
      return this;
    }

    /** The stream's source: the body lies here already, or comes in pieces. */
    _read() {
      const { body, bytes } = this._call;
      if (body !== null) {
        body.read(this);
      } else if (!this._consumed) {
        this._consumed = true;
        if (bytes.length > 0) this.push(bytes);
        this.push(null);
      }
    }

    /** The call is answered: those who wait for the request's end are told. */
    over() {
      if (this.listenerCount('close') > 0) this.destroy();
    }

    /** The caller is gone. */
    abort() {
      this.aborted = true;
      if (this._events === undefined && !Object.hasOwn(this, '_readableState')) return;
      this.emit('aborted');
      const error = new Error('aborted');
      error.code = 'ECONNRESET';
      if (this.listenerCount('error') === 0) this.on('error', () => {});
      this.destroy(error);
    }

    _destroy(error, done) { done(error); }
  }

  const proto = LightRequest.prototype;
  Object.defineProperty(LightRequest, 'name', { value: 'IncomingMessage' });
  Object.setPrototypeOf(proto, app.request);
  lazy(proto, 'headers', (req) => joinHeaders(req.rawHeaders));
  lazy(proto, 'headersDistinct', (req) => {
    const distinct = Object.create(null);
    for (let i = 0; i < req.rawHeaders.length; i += 2) {
      (distinct[req.rawHeaders[i].toLowerCase()] ??= []).push(req.rawHeaders[i + 1]);
    }
    return distinct;
  });
  lazy(proto, 'next', (req) => req._call.guest.next(req._call));
  lazy(proto, 'trailers', () => ({}));
  lazy(proto, 'trailersDistinct', () => ({}));
  lazy(proto, 'rawTrailers', () => []);
  lazy(proto, 'socket', (req) => new LightSocket(req._call.head.ip, () => req._call.hangUp()));
  lazy(proto, 'params', (req) => {
    // The catch-all route of the reference: what stands behind the leading slash.
    const path = req.path.slice(1);
    return { 0: path, path };
  });
  // Every method of a readable stream begins with its state: making it on first use turns the
  // light object into a whole stream, and never for functions that do not read it.
  Object.defineProperty(proto, '_readableState', {
    configurable: true,
    get() {
      const events = this._events;
      const count = this._eventsCount;
      settle(this, '_readableState', undefined);
      Readable.call(this, { autoDestroy: true });
      if (events !== undefined) {
        this._events = events;
        this._eventsCount = count;
      }
      Object.defineProperty(this, '_readableState', { enumerable: false });
      return this._readableState;
    },
    set(value) { settle(this, '_readableState', value); },
  });
  return LightRequest;
}

module.exports = { requestClass, joinHeaders, lazy, settle };
