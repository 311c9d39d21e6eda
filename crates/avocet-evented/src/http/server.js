// http: the server, and what belongs to both sides.
(function (binding) {
  'use strict';
  const { ops, hooks, lib } = binding;
  const { tcp, streams, IncomingMessage, OutgoingMessage, OutgoingState, STATE, stateOf } = lib;
  const http = lib.http = { IncomingMessage, OutgoingMessage };

  hooks.head = lib.answering((id, head, start, target, flags) => streams[id].head(head, start, target, flags));
  hooks.body = (id, data) => streams[id].body(data);
  hooks.complete = (id) => streams[id].complete();

  // Bits of what Rust tells of a head; from bit 8 on stands the status of a response.
  const KEEP_ALIVE = 1, OLD = 2, BODY = 4;
  // In the order in which Rust lists them.
  const METHODS = ['GET', 'DELETE', 'HEAD', 'POST', 'PUT', 'CONNECT', 'OPTIONS', 'TRACE', 'COPY',
    'MOVE', 'MKCOL', 'PROPFIND', 'PROPPATCH', 'UNLOCK', 'PATCH'];
  http.STATUS_CODES = {
    100: 'Continue', 101: 'Switching Protocols', 200: 'OK', 201: 'Created', 202: 'Accepted',
    203: 'Non-Authoritative Information', 204: 'No Content', 205: 'Reset Content',
    206: 'Partial Content', 300: 'Multiple Choices', 301: 'Moved Permanently',
    302: 'Moved Temporarily', 303: 'See Other', 304: 'Not Modified', 305: 'Use Proxy',
    400: 'Bad Request', 401: 'Unauthorized', 402: 'Payment Required', 403: 'Forbidden',
    404: 'Not Found', 405: 'Method Not Allowed', 406: 'Not Acceptable',
    407: 'Proxy Authentication Required', 408: 'Request Time-out', 409: 'Conflict', 410: 'Gone',
    411: 'Length Required', 412: 'Precondition Failed', 413: 'Request Entity Too Large',
    414: 'Request-URI Too Large', 415: 'Unsupported Media Type', 500: 'Internal Server Error',
    501: 'Not Implemented', 502: 'Bad Gateway', 503: 'Service Unavailable',
    504: 'Gateway Time-out', 505: 'HTTP Version not supported',
  };
  // The beginnings of heads, by their status.
  const beginnings = [];
  function beginning(status) {
    let part = beginnings[status];
    if (part === undefined) {
      const line = 'HTTP/1.1 ' + status + ' ' + (http.STATUS_CODES[status] || 'unknown') + '\r\n';
      part = lib.beginHead(line);
      // Codes are whole numbers of three digits, all but those of strange programs.
      if (status === (status | 0)) beginnings[status] = part;
    }
    return part;
  }

  // State of a response, whose turn comes when those before it on its connection are sent.
  class ResponseState extends OutgoingState {
    constructor(owner, connection, flags, method) {
      super(owner);
      // A response that a program made itself answers nobody.
      this.connection = connection instanceof ServedState ? connection : null;
      this.flags = flags | 0;
      this.silent = method === 'HEAD';
    }

    isInUse() { return this.connection !== null; }

    sendHeader(status, headers) {
      if (status < 200 || status === 204 || status === 304) this.bodiless = this.silent = true;
      const { flags } = this;
      this.start(beginning(status), headers, (flags & KEEP_ALIVE) !== 0, (flags & OLD) === 0);
      if (this.silent && this.bodiless) this.chunked = false;
    }

    flush() {
      this.held = false;
      const { connection } = this;
      if (connection !== null && connection.responses[0] === this && connection.id >= 0) this.sendTo(connection.id);
    }

    finish() {
      if (this.done) return;
      this.end();
      const { connection, owner } = this;
      if (owner._events !== undefined) owner.emit('flush');
      if (connection !== null && connection.responses[0] === this) connection.settle();
    }
  }

  function ServerResponse(connection, flags, method) {
    this[STATE] = new ResponseState(this, connection, flags, method);
  }
  lib.inherits(ServerResponse, OutgoingMessage);
  http.ServerResponse = ServerResponse;
  const stateOfResponse = (response) => stateOf(response, ResponseState);

  ServerResponse.prototype.sendHeader = function (code, headers) {
    const status = Number(code);
    if (!(status >= 100 && status <= 999)) {
      throw new TypeError('sendHeader: the status code must be a number of three digits');
    }
    stateOfResponse(this).sendHeader(status, headers);
  };
  ServerResponse.prototype.finish = function () { stateOfResponse(this).finish(); };

  // State of a server's connection: the responses that it still owes, in order.
  class ServedState extends lib.ConnectionState {
    constructor(owner) {
      super(owner);
      this.responses = [];
      this.request = null;
    }

    head(head, start, target, flags) {
      const method = METHODS[flags >> 8];
      const request = lib.receiveRequest(this.owner, head, method, start, target, flags);
      this.request = request;
      const response = new ServerResponse(this, flags, method);
      this.responses.push(response[STATE]);
      lib.tell(this.server.owner, 'request', request, response);
      // Whether nobody listens to the end of a message that is already over.
      if ((flags & BODY) !== 0 || request._events !== undefined || this.request !== request) return false;
      this.request = null;
      return true;
    }

    body(data) { lib.tell(this.request, 'body', data); }

    complete() {
      const { request } = this;
      this.request = null;
      if (request._events !== undefined) lib.tell(request, 'complete');
    }

    // Sends what is first in line, and goes on to the next when it is finished.
    settle() {
      const queue = this.responses;
      while (queue.length > 0) {
        const first = queue[0];
        if (this.id >= 0) first.sendTo(this.id);
        if (!first.done) return;
        queue.shift();
        if (first.owner._events !== undefined) first.owner.emit('sent');
        if (!first.last) continue;
        queue.length = 0;
        return this.close();
      }
    }

    // Text of the first response in line goes out before the end.
    close() {
      const first = this.responses[0];
      if (first !== undefined && this.id >= 0) first.sendTo(this.id);
      super.close();
    }

    end() {
      super.end();
      const queue = this.responses;
      if (queue.length === 0) this.close();
      else queue[queue.length - 1].last = true;
    }
  }

  function Connection() {
    this[STATE] = new ServedState(this);
  }
  lib.inherits(Connection, tcp.Connection);

  class HttpServerState extends lib.ServerState {
    connection() { return new Connection(); }

    ready(state) {
      ops.http_read(state.id, false);
      super.ready(state);
    }
  }

  function Server(listener) {
    this[STATE] = new HttpServerState(this);
    if (typeof listener === 'function') this.addListener('request', listener);
  }
  lib.inherits(Server, tcp.Server);
  http.Server = Server;

  http.createServer = (listener) => new Server(listener);
  lib.define('http', () => http);
})
