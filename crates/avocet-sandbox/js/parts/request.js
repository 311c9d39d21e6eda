(function requestPart(binding) {
  'use strict';

  const { put, head: { KINDS } } = binding;

  binding.define('request', () => {
    const EventEmitter = binding.use('node:events');
    const mime = () => binding.use('mime');
    const negotiation = () => binding.use('negotiation');

    /** A value that is made on first use and then is an own property, as in Express. */
    function once(self, name, value) {
      Object.defineProperty(self, name, { value, writable: true, enumerable: true, configurable: true });
      return value;
    }

    /** The commonly used part of Express's request and Node's IncomingMessage. */
    class Request extends EventEmitter {
      #call;
      #stream = null;
      #query = null;

      constructor(call) {
        super();
        this.#call = call;
      }

      get method() { return this.#call.head.m; }

      get url() { return this.#call.head.u; }

      get originalUrl() { return this.#call.head.u; }

      get baseUrl() { return ''; }

      get path() {
        const { url } = this;
        const at = url.search(/[?#]/);
        return at < 0 ? url : url.slice(0, at);
      }

      get query() {
        const { url } = this;
        const at = url.indexOf('?');
        // Read anew where the function has set another URL.
        if (this.#query?.url !== url) {
          // As Express 5 has it by default: names are as they are written, and nothing nests.
          const text = at < 0 ? '' : url.slice(at + 1).split('#', 1)[0];
          this.#query = { url, values: binding.use('node:querystring').parse(text) };
        }
        return this.#query.values;
      }

      get params() {
        const { path } = this;
        return once(this, 'params', { 0: path, path: path.split('/').filter((part) => part !== '') });
      }

      get headers() { return this.#call.headers; }

      get headersDistinct() {
        const out = { __proto__: null };
        const { h } = this.#call.head;
        for (let i = 0; i < h.length; i += 2) (out[h[i]] ??= []).push(h[i + 1]);
        return out;
      }

      get rawHeaders() { return [...this.#call.head.h]; }

      get trailers() { return {}; }

      get body() { return once(this, 'body', this.#call.attributes ?? this.#call.data); }

      get rawBody() { return once(this, 'rawBody', this.#call.bytes ?? undefined); }

      get ip() { return this.#call.head.ip; }

      get ips() { return []; }

      get host() { return this.#call.header('host'); }

      get hostname() {
        const { host } = this;
        return host?.replace(/:\d+$/, '');
      }

      get subdomains() {
        const name = this.hostname ?? '';
        return /^[\d.]+$|^\[/.test(name) ? [] : name.split('.').reverse().slice(2);
      }

      get protocol() {
        return this.#call.header('x-forwarded-proto')?.split(',')[0].trim() || 'http';
      }

      get secure() { return this.protocol === 'https'; }

      get xhr() { return (this.#call.header('x-requested-with') ?? '').toLowerCase() === 'xmlhttprequest'; }

      /** Whether the caller's copy will do, by `ETag` or `Last-Modified` (RFC 9110, section 13.2.2). */
      get fresh() {
        if (this.method !== 'GET' && this.method !== 'HEAD') return false;
        const none = this.#call.header('if-none-match');
        const since = this.#call.header('if-modified-since');
        if (none === undefined && since === undefined) return false;
        if (/(?:^|,)\s*no-cache\s*(?:,|$)/.test(this.#call.header('cache-control') ?? '')) return false;
        const { res } = this;
        if (none !== undefined) {
          const tag = res.getHeader('ETag');
          const plain = (text) => text.trim().replace(/^W\//, '');
          return none.trim() === '*' || (tag !== undefined && none.split(',').some((each) => plain(each) === plain(String(tag))));
        }
        return Date.parse(res.getHeader('Last-Modified')) <= Date.parse(since);
      }

      get stale() { return !this.fresh; }

      get httpVersion() { return '1.1'; }

      get httpVersionMajor() { return 1; }

      get httpVersionMinor() { return 1; }

      get complete() { return true; }

      get aborted() { return this.#call.cancelled === true; }

      get readable() { return this.#stream === null || !this.#stream.ended; }

      get socket() { return { remoteAddress: this.#call.head.ip, encrypted: this.secure }; }

      get connection() { return this.socket; }

      get res() { return binding.responseOf(this.#call); }

      get(name) {
        if (typeof name !== 'string') throw new TypeError('req.get: the name of a header must be a string');
        const key = name.toLowerCase();
        const { headers } = this.#call;
        if (key === 'referer' || key === 'referrer') return headers.referrer ?? headers.referer;
        return Object.hasOwn(headers, key) ? headers[key] : undefined;
      }

      header(name) { return this.get(name); }

      is(...kinds) {
        if (this.#call.kind === KINDS.none) return null;
        return mime().typeIs(this.#call.header('content-type'), kinds.flat());
      }

      accepts(...offers) { return negotiation().types(this.get('accept'), offers.flat()); }

      acceptsEncodings(...offers) { return negotiation().encodings(this.get('accept-encoding'), offers.flat()); }

      acceptsCharsets(...offers) { return negotiation().tokens(this.get('accept-charset'), offers.flat()); }

      acceptsLanguages(...offers) { return negotiation().languages(this.get('accept-language'), offers.flat()); }

      /** Parts of `size` that the caller wants: -1 where none can be had, -2 where it is malformed. */
      range(size) {
        const text = this.get('range');
        if (text === undefined) return undefined;
        const at = text.indexOf('=');
        if (at < 0) return -2;
        const parts = [];
        for (const part of text.slice(at + 1).split(',')) {
          const found = /^\s*(\d*)-(\d*)\s*$/.exec(part);
          if (found === null || (found[1] === '' && found[2] === '')) continue;
          const start = found[1] === '' ? Math.max(size - Number(found[2]), 0) : Number(found[1]);
          const end = found[1] === '' || found[2] === '' ? size - 1 : Math.min(Number(found[2]), size - 1);
          if (start <= end) parts.push({ start, end });
        }
        return parts.length === 0 ? -1 : Object.assign(parts, { type: text.slice(0, at) });
      }

      // The body as a stream: all of it is there, so it comes as one chunk, when someone listens.

      on(name, listener) {
        super.on(name, listener);
        if (name === 'data') this.resume();
        else if (name === 'readable') this.#begin();
        return this;
      }

      addListener(name, listener) { return this.on(name, listener); }

      #begin() {
        this.#stream ??= { chunk: this.#call.bytes, paused: true, ended: false, scheduled: false };
        if (!this.#stream.scheduled) {
          this.#stream.scheduled = true;
          queueMicrotask(() => this.#flow());
        }
        return this.#stream;
      }

      #flow() {
        const stream = this.#stream;
        stream.scheduled = false;
        if (stream.ended) return;
        if (stream.paused) {
          if (this.listenerCount('readable') > 0 && stream.chunk !== null) this.emit('readable');
          if (stream.chunk !== null || this.listenerCount('readable') === 0) return;
        }
        const chunk = this.read();
        if (chunk !== null) this.emit('data', chunk);
        stream.ended = true;
        this.emit('end');
        this.emit('close');
      }

      read() {
        const stream = this.#begin();
        const { chunk } = stream;
        stream.chunk = null;
        if (chunk === null || chunk.length === 0) return null;
        return stream.encoding === undefined ? chunk : chunk.toString(stream.encoding);
      }

      resume() {
        this.#begin().paused = false;
        return this;
      }

      pause() {
        this.#begin().paused = true;
        return this;
      }

      isPaused() { return this.#stream?.paused === true; }

      setEncoding(encoding) {
        this.#begin().encoding = encoding;
        return this;
      }

      pipe(target) {
        if (target === this.#call.response) this.#call.piped = true;
        this.on('data', (chunk) => target.write(chunk));
        this.on('end', () => target.end());
        return target;
      }

      unpipe() { return this; }

      setTimeout() { return this; }

      destroy() { return this; }

      async* [Symbol.asyncIterator]() {
        const chunk = this.read();
        if (chunk !== null) yield chunk;
        this.#stream.ended = true;
      }

      [binding.inspect.custom]() {
        const { method, url, headers, query, body, ip } = this;
        return { method, url, headers, query, body, ip };
      }
    }

    // Express has these as properties that functions may replace.
    const replaceable = [
      'method', 'url', 'originalUrl', 'path', 'headers', 'ip', 'hostname', 'host', 'protocol', 'query',
      'params', 'body', 'rawBody',
    ];
    for (const name of replaceable) {
      const { get } = Object.getOwnPropertyDescriptor(Request.prototype, name);
      Object.defineProperty(Request.prototype, name, {
        configurable: true, enumerable: true, get, set(value) { once(this, name, value); },
      });
    }
    put(Request, 'name', 'IncomingMessage');
    return { Request };
  });
})
