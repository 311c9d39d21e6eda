// http: the server, and what belongs to both sides.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { tcp, IncomingMessage, OutgoingMessage } = lib;
  const http = lib.http = { IncomingMessage, OutgoingMessage };

  const KEEP_ALIVE = 1, OLD = 2, BODY = 4;
  const METHODS = ['DELETE', 'GET', 'HEAD', 'POST', 'PUT', 'CONNECT', 'OPTIONS', 'TRACE', 'COPY',
    'MOVE', 'MKCOL', 'PROPFIND', 'PROPPATCH', 'UNLOCK', 'PATCH'];
  const byLength = {};
  for (const name of METHODS) (byLength[name.length] || (byLength[name.length] = [])).push(name);

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
  const lines = new Map();
  function statusLine(code) {
    let line = lines.get(code);
    if (line === undefined) {
      line = 'HTTP/1.1 ' + code + ' ' + (http.STATUS_CODES[code] || 'unknown') + '\r\n';
      if (lines.size < 1000) lines.set(code, line);
    }
    return line;
  }

  const methodOf = (head, end) => {
    for (const name of byLength[end]) if (head.startsWith(name)) return name;
    return head.slice(0, end);
  };

  function ServerResponse(connection, flags, method) {
    OutgoingMessage.call(this);
    this._connection = connection;
    this._flags = flags;
    if (method === 'HEAD') this._silent = true;
  }
  lib.inherits(ServerResponse, OutgoingMessage);
  http.ServerResponse = ServerResponse;

  ServerResponse.prototype.sendHeader = function (code, headers) {
    const status = Number(code);
    if (!(status >= 100 && status <= 999)) {
      throw new TypeError('sendHeader: the status code must be a number of three digits');
    }
    if (status < 200 || status === 204 || status === 304) this._bodiless = this._silent = true;
    const flags = this._flags;
    this._start(statusLine(status), headers, (flags & KEEP_ALIVE) !== 0, (flags & OLD) === 0);
    if (this._silent && this._bodiless) this._chunked = false;
  };

  ServerResponse.prototype._flush = function () {
    this._dirty = false;
    const connection = this._connection;
    if (connection._responses[0] === this && connection._id >= 0) this._sendTo(connection._id);
  };

  ServerResponse.prototype.finish = function () {
    if (this._done) return;
    this._finish();
    const connection = this._connection;
    if (this._events !== undefined) this.emit('flush');
    if (connection._responses[0] === this) connection._settle();
  };

  function Connection() {
    tcp.Connection.call(this);
    this._responses = [];
    this._request = null;
  }
  lib.inherits(Connection, tcp.Connection);

  Connection.prototype._head = function (head, start, target, flags) {
    const request = new IncomingMessage(this, head, target, flags);
    const method = request.method = methodOf(head, start - 1);
    request._target = head.slice(start, target);
    this._request = request;
    const response = new ServerResponse(this, flags, method);
    this._responses.push(response);
    lib.tell(this.server, 'request', request, response);
    // Whether nobody listens to the end of a message that is already over.
    if ((flags & BODY) !== 0 || request._events !== undefined || this._request !== request) return false;
    this._request = null;
    return true;
  };
  Connection.prototype._body = function (data) { lib.tell(this._request, 'body', data); };
  Connection.prototype._complete = function () {
    const request = this._request;
    this._request = null;
    if (request._events !== undefined) lib.tell(request, 'complete');
  };

  // Sends what is first in line, and goes on to the next when it is finished.
  Connection.prototype._settle = function () {
    const queue = this._responses;
    while (queue.length > 0) {
      const first = queue[0];
      if (this._id >= 0) first._sendTo(this._id);
      if (!first._done) return;
      queue.shift();
      if (first._events !== undefined) first.emit('sent');
      if (!first._last) continue;
      queue.length = 0;
      return this.close();
    }
  };

  // What was given to the first response in line goes out before the end.
  Connection.prototype.close = function () {
    const first = this._responses[0];
    if (first !== undefined && this._id >= 0) first._sendTo(this._id);
    tcp.Connection.prototype.close.call(this);
  };

  Connection.prototype._end = function () {
    this._readable = false;
    this.emit('eof');
    const queue = this._responses;
    if (queue.length === 0) this.close();
    else queue[queue.length - 1]._last = true;
  };

  function Server(listener) {
    tcp.Server.call(this);
    if (typeof listener === 'function') this.addListener('request', listener);
  }
  lib.inherits(Server, tcp.Server);
  http.Server = Server;
  Server.prototype._connection = () => new Connection();
  Server.prototype._ready = function (connection) {
    ops.streamHttp(connection._id, false);
    tcp.Server.prototype._ready.call(this, connection);
  };

  http.createServer = (listener) => new Server(listener);
  lib.define('http', () => http);
})
