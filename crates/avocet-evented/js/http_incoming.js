// http: what is received.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;

  // Programs may have globals of that name.
  const { get: lookUp } = Reflect;

  // Any casing of a header's name finds it.
  const anyCase = new Proxy(Object.prototype, {
    get(target, name, receiver) {
      if (typeof name === 'string') {
        const lower = name.toLowerCase();
        if (lower !== name && Object.prototype.hasOwnProperty.call(receiver, lower)) {
          return receiver[lower];
        }
      }
      return lookUp(target, name, receiver);
    },
  });
  const HeaderNames = function () {};
  HeaderNames.prototype = Object.create(anyCase);

  // The lines after the first, of a head that is known to be well formed.
  lib.parseHeaders = function (head, at) {
    const headers = new HeaderNames();
    for (;;) {
      const end = head.indexOf('\r\n', at);
      if (end <= at) return headers;
      const colon = head.indexOf(':', at);
      const name = head.slice(at, colon).toLowerCase();
      let start = colon + 1;
      while (head.charCodeAt(start) === 32) start++;
      const value = head.slice(start, end);
      if (name === '__proto__') {
        Object.defineProperty(headers, name, { value, enumerable: true, configurable: true });
      } else if (Object.prototype.hasOwnProperty.call(headers, name)) {
        headers[name] += ', ' + value;
      } else {
        headers[name] = value;
      }
      at = end + 2;
    }
  };

  const decode = (text) => decodeURIComponent(text.replace(/\+/g, ' '));

  function parameters(query) {
    const params = {};
    for (const pair of query.split('&')) {
      const at = pair.indexOf('=');
      if (at < 0) continue;
      try {
        const name = decode(pair.slice(0, at)), value = decode(pair.slice(at + 1));
        Object.defineProperty(params, name, {
          value, enumerable: true, configurable: true, writable: true,
        });
      } catch (error) {
        // What cannot be decoded is left out.
      }
    }
    return params;
  }

  lib.parseUri = function (full) {
    let rest = full, fragment = '', queryString = '';
    const hash = rest.indexOf('#');
    if (hash >= 0) {
      fragment = rest.slice(hash + 1);
      rest = rest.slice(0, hash);
    }
    const mark = rest.indexOf('?');
    if (mark >= 0) {
      queryString = rest.slice(mark + 1);
      rest = rest.slice(0, mark);
    }
    const host = /^[a-z]+:\/\/[^/]*/i.exec(rest);
    const path = host ? rest.slice(host[0].length) : rest;
    const params = queryString === '' ? {} : parameters(queryString);
    return { full, path, queryString, params, fragment };
  };

  function IncomingMessage(connection, head, lineEnd, flags) {
    this.connection = this.client = connection;
    this._text = head;
    this._lineEnd = lineEnd;
    this._flags = flags;
  }
  lib.inherits(IncomingMessage, lib.EventEmitter);
  lib.IncomingMessage = IncomingMessage;

  // Made when it is first looked at.
  const lazy = function (name, make) {
    Object.defineProperty(IncomingMessage.prototype, name, {
      get() {
        const value = make(this);
        Object.defineProperty(this, name, {
          value, writable: true, enumerable: true, configurable: true,
        });
        return value;
      },
      set(value) {
        Object.defineProperty(this, name, {
          value, writable: true, enumerable: true, configurable: true,
        });
      },
      configurable: true,
    });
  };
  lazy('headers', (message) => lib.parseHeaders(message._text, message._text.indexOf('\r\n') + 2));
  lazy('uri', (message) => lib.parseUri(message._target || ''));
  lazy('httpVersion', (message) => /HTTP\/(\d\.\d)/.exec(message._text)[1]);
  lazy('httpVersionMajor', (message) => Number(message.httpVersion[0]));
  lazy('httpVersionMinor', (message) => Number(message.httpVersion[2]));

  IncomingMessage.prototype.method = null;
  IncomingMessage.prototype.statusCode = null;
  IncomingMessage.prototype.setBodyEncoding = function (name) {
    this.connection.setEncoding(name);
  };
  IncomingMessage.prototype.pause = function () { this.connection.readPause(); };
  IncomingMessage.prototype.resume = function () { this.connection.readResume(); };
})
