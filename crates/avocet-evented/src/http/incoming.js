// http: what is received.
(function (binding) {
  'use strict';
  const { lib } = binding;

  // Programs may have globals and methods of these names.
  const { Proxy, Symbol } = globalThis;
  const {
    has: lookFor, ownKeys, getOwnPropertyDescriptor: ownProperty, defineProperty: define,
    deleteProperty: forget, preventExtensions: fix,
  } = Reflect;
  const { hasOwnProperty } = Object.prototype;

  // Text of what is found out when an object is first looked into; null when that is done.
  const TEXT = Symbol('text');

  function Late(text) { this[TEXT] = text; }
  Late.prototype = Object.prototype;

  // Function that fills an object at its first use, from its text.
  const finding = (fill) => function (target) {
    const text = target[TEXT];
    if (text !== null) {
      target[TEXT] = null;
      fill(target, text);
    }
    return target;
  };

  // Handler of such objects; `known` fills them.
  const lateness = (known) => ({
    get: (target, name) => known(target)[name],
    has: (target, name) => lookFor(known(target), name),
    ownKeys: (target) => ownKeys(known(target)),
    getOwnPropertyDescriptor: (target, name) => ownProperty(known(target), name),
    defineProperty: (target, name, how) => define(known(target), name, how),
    deleteProperty: (target, name) => forget(known(target), name),
    preventExtensions: (target) => fix(known(target)),
  });

  const set = function (object, name, value) {
    if (name !== '__proto__') object[name] = value;
    else define(object, name, { value, writable: true, enumerable: true, configurable: true });
  };

  // The lines after the first, of a head that is known to be well formed.
  const headersOf = finding(function (found, head) {
    for (let at = head.indexOf('\r\n') + 2; ;) {
      const end = head.indexOf('\r\n', at);
      if (end <= at) return;
      const colon = head.indexOf(':', at);
      const name = head.slice(at, colon).toLowerCase();
      let start = colon + 1;
      while (head.charCodeAt(start) === 32) start++;
      const value = head.slice(start, end);
      if (hasOwnProperty.call(found, name)) found[name] += ', ' + value;
      else found[name] = value;
      at = end + 2;
    }
  });
  const headers = lateness(headersOf);
  // Any casing of a header's name finds it.
  headers.get = function (target, name) {
    const found = headersOf(target);
    if (typeof name === 'string' && !hasOwnProperty.call(found, name)) {
      const lower = name.toLowerCase();
      if (lower !== name && hasOwnProperty.call(found, lower)) return found[lower];
    }
    return found[name];
  };

  const decode = (text) => decodeURIComponent(text.replace(/\+/g, ' '));

  const parameters = lateness(finding(function (found, query) {
    for (const pair of query.split('&')) {
      const at = pair.indexOf('=');
      if (at < 0) continue;
      try {
        set(found, decode(pair.slice(0, at)), decode(pair.slice(at + 1)));
      } catch (error) {
        // A pair that cannot be decoded is left out.
      }
    }
  }));

  function parseUri(full) {
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
    const params = queryString === '' ? {} : new Proxy(new Late(queryString), parameters);
    return { full, path, queryString, params, fragment };
  }
  // A target that is a path alone.
  const plainUri = (path) => ({ full: path, path, queryString: '', params: {}, fragment: '' });

  // Bits of what Rust tells of a head.
  const OLD = 2, PLAIN = 8, ODD = 16;

  // The version, which stands at `at` in the head.
  function versionOf(head, at, flags) {
    if (flags & ODD) return head.slice(at, at + 3);
    return flags & OLD ? '1.0' : '1.1';
  }

  function IncomingMessage(connection, method, uri, headers, version, status) {
    this.connection = this.client = connection;
    this.method = method === undefined ? null : method;
    this.uri = uri === undefined ? '' : uri;
    this.headers = headers === undefined ? {} : headers;
    this.httpVersion = version === undefined ? null : version;
    this.httpVersionMajor = version === undefined ? null : version === '1.1' ? 1 : Number(version[0]);
    this.httpVersionMinor = version === undefined ? null : version === '1.1' ? 1 : Number(version[2]);
    this.statusCode = status === undefined ? null : status;
  }
  lib.inherits(IncomingMessage, lib.EventEmitter);
  lib.IncomingMessage = IncomingMessage;
  // HTTP/ comes before the version.
  const PREFIX = 5;
  const lateHeaders = (head) => new Proxy(new Late(head), headers);
  lib.receiveRequest = function (connection, head, method, start, end, flags) {
    const target = head.slice(start, end);
    const uri = flags & PLAIN ? plainUri(target) : parseUri(target);
    const version = versionOf(head, end + 1 + PREFIX, flags);
    return new IncomingMessage(connection, method, uri, lateHeaders(head), version, null);
  };
  lib.receiveResponse = function (connection, head, flags) {
    const version = versionOf(head, PREFIX, flags);
    return new IncomingMessage(connection, null, plainUri(''), lateHeaders(head), version, flags >> 8);
  };

  IncomingMessage.prototype.setBodyEncoding = function (name) {
    this.connection.setEncoding(name);
  };
  IncomingMessage.prototype.pause = function () { this.connection.readPause(); };
  IncomingMessage.prototype.resume = function () { this.connection.readResume(); };
})
