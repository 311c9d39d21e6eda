// http: the client.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { process, tcp, http, IncomingMessage, OutgoingMessage } = lib;

  function ClientRequest(client, method, path, headers) {
    OutgoingMessage.call(this);
    this._client = client;
    this._method = method;
    const plain = method === 'GET' || method === 'HEAD';
    this._bodiless = plain;
    this._start(method + ' ' + path + ' HTTP/1.1\r\n', headers, false, !plain);
  }
  lib.inherits(ClientRequest, OutgoingMessage);
  http.ClientRequest = ClientRequest;

  ClientRequest.prototype._flush = function () {
    this._dirty = false;
    const client = this._client;
    if (client._asking === this) {
      // Its answer has begun: the rest of the question goes out all the same.
      if (client._id >= 0 && client._writable) this._sendTo(client._id);
      return;
    }
    // A connection that has brought a response is used up.
    if (client._spent) return;
    const first = client._requests[0];
    if (first !== this) {
      // It may wait since the client failed.
      if (first && first._done) client._start();
      return;
    }
    if (client._id >= 0 && client._writable) {
      this._sendTo(client._id);
      this._begun = true;
    } else {
      client._start();
    }
  };
  ClientRequest.prototype.finish = function (listener) {
    if (this._done) return;
    if (typeof listener === 'function') this.addListener('response', listener);
    this._finish();
    if (this._events !== undefined) this.emit('flush');
    this._flush();
    const early = this._early;
    if (!early) return;
    this._early = undefined;
    this._client._asking = null;
    this.emit('response', early);
    this._client.readResume();
  };

  function Client(port, host) {
    tcp.Connection.call(this);
    this._port = port;
    this._name = host;
    this._requests = [];
    this._response = this._asking = null;
  }
  lib.inherits(Client, tcp.Connection);
  http.Client = Client;

  Client.prototype._start = function () {
    if (this._opening || this._id >= 0) return;
    const secure = this._secure;
    this.connect(this._port, this._name);
    this._secure = secure;
  };
  Client.prototype._isOpen = function () {
    tcp.Connection.prototype._isOpen.call(this);
    this._spent = false;
    ops.streamHttp(this._id, true);
    const request = this._requests[0];
    if (!request) return;
    if (request._method === 'HEAD') ops.streamBodiless(this._id);
    request._flush();
  };

  Client.prototype._head = function (head, start, target, flags) {
    const status = flags >> 8;
    if (status === 100 && this._requests.length > 0) return;
    const response = new IncomingMessage(this, head, 0, flags);
    response.statusCode = status;
    this._response = response;
    this._spent = true;
    const request = this._requests.shift();
    if (!request) return;
    if (request._done) {
      request.emit('response', response);
    } else {
      // The answer came before the question was finished: nobody listens yet.
      request._early = response;
      this._asking = request;
      this.readPause();
    }
  };
  Client.prototype._body = function (data) {
    if (this._response) this._response.emit('body', data);
  };
  Client.prototype._complete = function () {
    const response = this._response;
    if (!response) return;
    this._response = null;
    this._completed = true;
    response.emit('complete');
    this.forceClose();
  };
  Client.prototype._end = function () {
    this._readable = false;
    this.emit('eof');
    this.close();
  };
  Client.prototype._closed = function (errno, text) {
    const failed = errno !== 0 || (!this._completed && this._requests.length > 0) ||
      this._response !== null;
    this._completed = this._spent = false;
    this._response = this._asking = null;
    this._isClosed();
    // What was sent is lost, what was not waits for the next that is finished.
    if (failed && this._requests.length > 0 && this._requests[0]._begun) this._requests.shift();
    if (failed) this.emit('error');
    this.emit('close', errno !== 0, text);
    if (failed) return;
    const next = this._requests[0];
    if (next && (next._done || next._text !== '')) this._start();
  };

  Client.prototype.request = function (method, path, headers) {
    if (typeof path !== 'string') [method, path, headers] = ['GET', method, path];
    if (typeof path !== 'string' || path === '' || /[\r\n ]/.test(method + path)) {
      throw new TypeError('client.request: the path must be a string without spaces');
    }
    const request = new ClientRequest(this, method, path, headers);
    this._requests.push(request);
    return request;
  };
  for (const name of ['get', 'head', 'post', 'put', 'del']) {
    Client.prototype[name] = function () {
      const method = name === 'del' ? 'DELETE' : name.toUpperCase();
      throw new Error('client.' + name + "() has moved: use client.request('" + method + "', …)");
    };
  }

  http.createClient = (port, host) =>
    new Client(lib.port(port, 'http.createClient', http.createClient), host);

  http.cat = function (url, encoding, headers) {
    const promise = new lib.Promise();
    const { protocol, domain, port, path, query } = lib.library('uri').parse(String(url));
    if (protocol !== 'http' || domain === '') {
      throw new Error('http.cat: cannot fetch ' + url);
    }
    headers = headers || {};
    const named = Array.isArray(headers) ? headers.some((pair) => /^host$/i.test(pair[0]))
      : Object.keys(headers).some((name) => /^host$/i.test(name));
    if (!named) {
      if (Array.isArray(headers)) headers.push(['Host', domain]);
      else headers.Host = domain;
    }
    const client = http.createClient(port === '' ? 80 : Number(port), domain);
    client.addListener('error', () => promise.emitError());
    client.request('GET', (path || '/') + (query ? '?' + query : ''), headers).finish((response) => {
      let content = '';
      response.setBodyEncoding(encoding === undefined ? 'utf8' : encoding);
      response.addListener('body', (chunk) => { content += chunk; });
      response.addListener('complete', () => {
        if (response.statusCode >= 200 && response.statusCode < 300) promise.emitSuccess(content);
        else promise.emitError(response.statusCode);
      });
    });
    return promise;
  };
  process.http = { Server: http.Server, Client };
})
