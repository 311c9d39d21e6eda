(function responsePart(binding) {
  'use strict';

  const { ops, failure } = binding;

  binding.define('response', () => {
    const EventEmitter = binding.use('node:events');
    const { Headers } = binding.use('response-headers');
    const { encode } = binding.use('buffer');
    const REASONS = binding.use('status-reasons');

    const OPEN = 0;
    const STREAMING = 1;
    const ENDED = 2;

    function sentAlready(what) {
      return failure(Error, 'ERR_HTTP_HEADERS_SENT', `Cannot ${what} headers after they are sent to the client`);
    }

    /** A chunk as text (UTF-8) or bytes; TypeError for anything else. */
    function toChunk(chunk, encoding) {
      if (typeof chunk === 'string') {
        return encoding === undefined || /^utf-?8$/i.test(encoding) ? chunk : encode(chunk, encoding);
      }
      if (ArrayBuffer.isView(chunk) || chunk instanceof ArrayBuffer) return binding.bytesOf(chunk);
      throw binding.wrongType('chunk', 'of type string or an instance of Buffer or Uint8Array', chunk);
    }

    const isEmpty = (chunk) => chunk.length === 0;

    /** Node's ServerResponse, as far as functions use it; Express's methods are put on top. */
    class Response extends EventEmitter {
      #call;
      #status = 0;
      #state = OPEN;
      #needDrain = false;
      #headers = null;
      #locals = null;

      constructor(call) {
        super();
        this.#call = call;
      }

      /** Whether the function has left it as it was: then it has no part in the answer. */
      static isUntouched(self) {
        return self.#state === OPEN && self.#status === 0 && self.#headers === null && self._events === undefined;
      }

      /** Answers the call with what the function returned and what it set here. */
      static answer(self, returned, body) {
        if (self.#state === OPEN) {
          self.#state = ENDED;
          const { id } = self.#call;
          binding.settled(self.#call);
          // The length of what is not sent is told by answers whose body is not whole.
          const headOnly = body === '' && self.#headers?.has('content-length') === true && self.req.method === 'HEAD';
          self.#send(id, returned, body, headOnly);
          if (headOnly) ops.respond_end(id, null);
          self.#announce();
        } else if (self.#state === STREAMING) {
          self.#finish(body);
        }
      }

      /** The function failed after it had begun to stream. */
      static breakOff(self, reason) {
        if (self.#state !== STREAMING) return;
        self.#state = ENDED;
        binding.settled(self.#call);
        ops.respond_end(self.#call.id, reason);
        self.emit('close');
      }

      static cancel(self) {
        if (self.#state === ENDED) return;
        self.#state = ENDED;
        self.emit('close');
      }

      static drain(self) {
        if (!self.#needDrain) return;
        self.#needDrain = false;
        self.emit('drain');
      }

      #send(id, returned, body, more) {
        const headers = this.#headers;
        if (headers === null) ops.respond(id, returned, this.#status, null, null, body, more);
        else ops.respond(id, returned, this.#status, headers.flat(), headers.removed(), body, more);
      }

      get #set() { return (this.#headers ??= new Headers()); }

      get locals() { return (this.#locals ??= {}); }

      set locals(values) { this.#locals = values; }

      get req() { return binding.requestOf(this.#call); }

      get statusCode() { return this.#status === 0 ? 200 : this.#status; }

      set statusCode(code) { this.#status = Number(code) | 0; }

      get headersSent() { return this.#state !== OPEN; }

      get finished() { return this.#state === ENDED; }

      get writableEnded() { return this.#state === ENDED; }

      get writableFinished() { return this.#state === ENDED; }

      get writable() { return this.#state !== ENDED; }

      get writableNeedDrain() { return this.#needDrain; }

      get socket() { return this.req.socket; }

      get connection() { return this.socket; }

      setHeader(name, value) {
        if (this.#state !== OPEN) throw sentAlready('set');
        this.#set.set(name, value);
        return this;
      }

      appendHeader(name, value) {
        if (this.#state !== OPEN) throw sentAlready('append');
        this.#set.append(name, value);
        return this;
      }

      setHeaders(headers) {
        for (const [name, value] of headers) this.setHeader(name, value);
        return this;
      }

      getHeader(name) { return this.#headers?.get(name); }

      getHeaderNames() { return this.#headers?.names() ?? []; }

      getRawHeaderNames() { return this.#headers?.rawNames() ?? []; }

      getHeaders() { return this.#headers?.toObject() ?? { __proto__: null }; }

      hasHeader(name) { return this.#headers?.has(name) ?? false; }

      removeHeader(name) {
        if (this.#state !== OPEN) throw sentAlready('remove');
        this.#set.remove(name);
      }

      writeHead(status, message, headers) {
        if (this.#state !== OPEN) throw sentAlready('write');
        const code = Number(status) | 0;
        if (code < 100 || code > 999) {
          throw failure(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE', `Invalid status code: ${status}`);
        }
        this.#status = code;
        const given = typeof message === 'string' ? headers : message;
        if (typeof message === 'string') this.statusMessage = message;
        if (Array.isArray(given)) {
          const pairs = given.flat();
          for (let i = 0; i + 1 < pairs.length; i += 2) this.#set.append(pairs[i], pairs[i + 1]);
        } else if (given !== undefined && given !== null) {
          for (const name of Object.keys(given)) this.#set.set(name, given[name]);
        }
        return this;
      }

      writeContinue() {}

      writeProcessing() {}

      flushHeaders() { if (this.#state === OPEN) this.#begin(''); }

      addTrailers() {}

      cork() {}

      uncork() {}

      setTimeout() { return this; }

      #begin(chunk) {
        this.#state = STREAMING;
        const { id } = this.#call;
        binding.flying.set(id, this.#call);
        this.#send(id, 'response', chunk, true);
      }

      write(chunk, encoding, callback) {
        const done = typeof encoding === 'function' ? encoding : callback;
        if (this.#state === ENDED) return this.#late(done);
        const bytes = toChunk(chunk, typeof encoding === 'string' ? encoding : undefined);
        if (this.#state === OPEN) this.#begin(bytes);
        else if (!isEmpty(bytes) && ops.respond_chunk(this.#call.id, bytes) === false) this.#needDrain = true;
        if (done !== undefined) queueMicrotask(() => done(null));
        return !this.#needDrain;
      }

      #late(done) {
        if (this.#call.cancelled) return false;
        const error = failure(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end');
        if (done !== undefined) queueMicrotask(() => done(error));
        queueMicrotask(() => this.emit('error', error));
        return false;
      }

      end(chunk, encoding, callback) {
        if (typeof chunk === 'function') return this.end(undefined, undefined, chunk);
        if (typeof encoding === 'function') return this.end(chunk, undefined, encoding);
        if (this.#state === ENDED) {
          if (callback !== undefined) {
            const error = failure(Error, 'ERR_STREAM_ALREADY_FINISHED', 'Cannot call end after a stream was finished');
            queueMicrotask(() => callback(error));
          }
          return this;
        }
        const bytes = chunk === undefined || chunk === null ? '' : toChunk(chunk, encoding);
        if (callback !== undefined) this.once('finish', callback);
        Response.answer(this, 'response', bytes);
        return this;
      }

      #finish(body) {
        const { id } = this.#call;
        if (body !== null && !isEmpty(body)) ops.respond_chunk(id, body);
        this.#state = ENDED;
        binding.settled(this.#call);
        ops.respond_end(id, null);
        this.#announce();
      }

      #announce() {
        if (this.listenerCount('finish') + this.listenerCount('close') === 0) return;
        queueMicrotask(() => {
          this.emit('finish');
          this.emit('close');
        });
      }

      destroy(error) {
        if (this.#state === STREAMING) Response.breakOff(this, String(error?.message ?? 'the function destroyed the response'));
        else if (this.#state === OPEN) Response.answer(this, 'thrown', null);
        return this;
      }

      [binding.inspect.custom]() {
        const { statusCode, headersSent, writableEnded, locals } = this;
        return { statusCode, headers: this.getHeaders(), headersSent, writableEnded, locals };
      }
    }
    const { answer, breakOff, cancel, drain, isUntouched } = Response;
    binding.put(Response, 'name', 'ServerResponse');

    binding.use('express-response').install(Response.prototype, REASONS);
    return { Response, answer, breakOff, cancel, drain, isUntouched };
  });

  binding.define('status-reasons', () => ({
    __proto__: null,
    100: 'Continue', 101: 'Switching Protocols', 200: 'OK', 201: 'Created', 202: 'Accepted',
    203: 'Non-Authoritative Information', 204: 'No Content', 205: 'Reset Content', 206: 'Partial Content',
    207: 'Multi-Status', 208: 'Already Reported', 226: 'IM Used', 300: 'Multiple Choices',
    301: 'Moved Permanently', 302: 'Found', 303: 'See Other', 304: 'Not Modified', 307: 'Temporary Redirect',
    308: 'Permanent Redirect', 400: 'Bad Request', 401: 'Unauthorized', 402: 'Payment Required',
    403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 406: 'Not Acceptable',
    407: 'Proxy Authentication Required', 408: 'Request Timeout', 409: 'Conflict', 410: 'Gone',
    411: 'Length Required', 412: 'Precondition Failed', 413: 'Payload Too Large', 414: 'URI Too Long',
    415: 'Unsupported Media Type', 416: 'Range Not Satisfiable', 417: 'Expectation Failed',
    418: "I'm a Teapot", 421: 'Misdirected Request', 422: 'Unprocessable Entity', 423: 'Locked',
    424: 'Failed Dependency', 425: 'Too Early', 426: 'Upgrade Required', 428: 'Precondition Required',
    429: 'Too Many Requests', 431: 'Request Header Fields Too Large', 451: 'Unavailable For Legal Reasons',
    500: 'Internal Server Error', 501: 'Not Implemented', 502: 'Bad Gateway', 503: 'Service Unavailable',
    504: 'Gateway Timeout', 505: 'HTTP Version Not Supported', 507: 'Insufficient Storage',
    508: 'Loop Detected', 511: 'Network Authentication Required',
  }));
})
