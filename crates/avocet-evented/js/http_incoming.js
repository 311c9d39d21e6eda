// http: what is received.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;

  // Programs may have globals and methods of these names.
  const { Proxy } = globalThis;
  const {
    get: lookUp, has: lookFor, ownKeys, getOwnPropertyDescriptor: ownProperty, defineProperty: define,
    deleteProperty: forget, preventExtensions: fix,
  } = Reflect;
  const { hasOwnProperty } = Object.prototype;

  // Any casing of a header's name finds it.
  const anyCase = new Proxy(Object.prototype, {
    get(target, name, receiver) {
      if (typeof name === 'string') {
        const lower = name.toLowerCase();
        if (lower !== name && hasOwnProperty.call(receiver, lower)) {
          return receiver[lower];
        }
      }
      return lookUp(target, name, receiver);
    },
  });
  const ZERO = 48, ONE = 49, SLASH = 47;

  const HeaderNames = function () {};
  HeaderNames.prototype = Object.create(anyCase);

  // An object whose properties are found out when it is first looked into; `fill` finds them.
  class Late {
    constructor(fill, text) {
      this.fill = fill;
      this.text = text;
    }

    known(target) {
      if (this.fill === null) return target;
      const fill = this.fill;
      this.fill = null;
      fill(target, this.text);
      return target;
    }

    get(target, name) { return this.known(target)[name]; }
    has(target, name) { return lookFor(this.known(target), name); }
    ownKeys(target) { return ownKeys(this.known(target)); }
    getOwnPropertyDescriptor(target, name) { return ownProperty(this.known(target), name); }
    defineProperty(target, name, how) { return define(this.known(target), name, how); }
    deleteProperty(target, name) { return forget(this.known(target), name); }
    preventExtensions(target) { return fix(this.known(target)); }
  }

  const set = (object, name, value) => {
    define(object, name, { value, writable: true, enumerable: true, configurable: true });
  };

  // The lines after the first, of a head that is known to be well formed.
  function readHeaders(headers, head) {
    for (let at = head.indexOf('\r\n') + 2; ;) {
      const end = head.indexOf('\r\n', at);
      if (end <= at) return;
      const colon = head.indexOf(':', at);
      const name = head.slice(at, colon).toLowerCase();
      let start = colon + 1;
      while (head.charCodeAt(start) === 32) start++;
      const value = head.slice(start, end);
      if (hasOwnProperty.call(headers, name)) headers[name] += ', ' + value;
      else set(headers, name, value);
      at = end + 2;
    }
  }

  const decode = (text) => decodeURIComponent(text.replace(/\+/g, ' '));

  function readParameters(params, query) {
    for (const pair of query.split('&')) {
      const at = pair.indexOf('=');
      if (at < 0) continue;
      try {
        set(params, decode(pair.slice(0, at)), decode(pair.slice(at + 1)));
      } catch (error) {
        // What cannot be decoded is left out.
      }
    }
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
    const host = rest.charCodeAt(0) === SLASH ? null : /^[a-z]+:\/\/[^/]*/i.exec(rest);
    const path = host ? rest.slice(host[0].length) : rest;
    const params = queryString === '' ? {} : new Proxy({}, new Late(readParameters, queryString));
    return { full, path, queryString, params, fragment };
  };

  // `1.1`, as it stands in a head.
  function versionAt(head, at) {
    if (head.charCodeAt(at) === ONE && head.charCodeAt(at + 2) === ONE) return '1.1';
    return head.slice(at, at + 3);
  }

  // A message whose head is still to be read into it.
  function IncomingMessage(connection) {
    this.connection = this.client = connection;
    this.httpVersion = null;
    this.httpVersionMajor = null;
    this.httpVersionMinor = null;
    this.headers = {};
    this.method = null;
    this.uri = '';
    this.statusCode = null;
  }
  lib.inherits(IncomingMessage, lib.EventEmitter);
  lib.IncomingMessage = IncomingMessage;

  // The version stands at `at`.
  function receive(connection, head, at) {
    const message = new IncomingMessage(connection);
    message.httpVersion = versionAt(head, at);
    message.httpVersionMajor = head.charCodeAt(at) - ZERO;
    message.httpVersionMinor = head.charCodeAt(at + 2) - ZERO;
    message.headers = new Proxy(new HeaderNames(), new Late(readHeaders, head));
    return message;
  }

  // HTTP/ comes before the version.
  const PREFIX = 5;
  lib.receiveRequest = function (connection, head, method, start, end) {
    const request = receive(connection, head, end + 1 + PREFIX);
    request.method = method;
    request.uri = lib.parseUri(head.slice(start, end));
    return request;
  };
  lib.receiveResponse = function (connection, head, status) {
    const response = receive(connection, head, PREFIX);
    response.uri = lib.parseUri('');
    response.statusCode = status;
    return response;
  };

  IncomingMessage.prototype.setBodyEncoding = function (name) {
    this.connection.setEncoding(name);
  };
  IncomingMessage.prototype.pause = function () { this.connection.readPause(); };
  IncomingMessage.prototype.resume = function () { this.connection.readResume(); };
})
