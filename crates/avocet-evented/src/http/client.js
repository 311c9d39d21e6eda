// http: the client.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { process, tcp, http, OutgoingMessage, OutgoingState, ConnectionState, STATE, stateOf } = lib;

  // The beginnings of heads, by their first lines: programs ask for few things often.
  const beginnings = new Map();
  function beginning(line) {
    let part = beginnings.get(line);
    if (part === undefined) {
      part = lib.beginHead(line);
      if (beginnings.size < 100) beginnings.set(line, part);
    }
    return part;
  }

  // State of a request: it waits in its client's queue.
  class RequestState extends OutgoingState {
    constructor(owner, client, method) {
      super(owner);
      // A request that a program made itself asks nobody.
      this.client = client instanceof ClientState ? client : undefined;
      this.method = method;
      // Whether some of it was sent.
      this.begun = false;
      // The response that came before the request was finished.
      this.early = undefined;
    }

    isInUse() { return this.client !== undefined; }

    flush() {
      this.held = false;
      const { client } = this;
      if (client === undefined) return;
      if (client.asking === this) {
        // Its answer has begun: the rest of the question goes out all the same.
        if (client.id >= 0 && client.writable) this.sendTo(client.id);
        return;
      }
      // A connection that has brought a response is used up.
      if (client.spent) return;
      const first = client.requests[0];
      if (first !== this) {
        // The first may wait since the client failed.
        if (first && first.done) client.start();
        return;
      }
      if (client.id >= 0 && client.writable) {
        this.sendTo(client.id);
        this.begun = true;
      } else {
        client.start();
      }
    }

    finish() {
      this.end();
      if (this.owner._events !== undefined) this.owner.emit('flush');
      this.flush();
      const { early } = this;
      if (!early) return;
      this.early = undefined;
      this.client.asking = null;
      this.owner.emit('response', early);
      this.client.pause(false);
    }
  }

  function ClientRequest(client, method, path, headers) {
    const state = this[STATE] = new RequestState(this, client, method);
    const plain = method === 'GET' || method === 'HEAD';
    state.bodiless = plain;
    state.start(beginning(method + ' ' + path + ' HTTP/1.1\r\n'), headers, false, !plain);
  }
  lib.inherits(ClientRequest, OutgoingMessage);
  http.ClientRequest = ClientRequest;

  ClientRequest.prototype.finish = function (listener) {
    const state = stateOf(this, RequestState);
    if (state.done) return;
    if (typeof listener === 'function') state.owner.addListener('response', listener);
    state.finish();
  };

  // State of a client: the requests that are still to be answered, in order.
  class ClientState extends ConnectionState {
    constructor(owner, port, name) {
      super(owner);
      this.port = port;
      this.name = name;
      this.requests = [];
      this.response = this.asking = null;
      this.spent = this.completed = false;
    }

    isInUse() { return this.port !== undefined; }

    start() {
      if (this.opening || this.id >= 0) return;
      const { secure } = this;
      this.owner.connect(this.port, this.name);
      this.secure = secure;
    }

    isOpen() {
      super.isOpen();
      this.spent = false;
      ops.http_read(this.id, true);
      const request = this.requests[0];
      if (!request) return;
      if (request.method === 'HEAD') ops.http_bodiless(this.id);
      request.flush();
    }

    head(head, start, target, flags) {
      const status = flags >> 8;
      if (status === 100 && this.requests.length > 0) return;
      const response = lib.receiveResponse(this.owner, head, flags);
      this.response = response;
      this.spent = true;
      const request = this.requests.shift();
      if (!request) return;
      if (request.done) {
        request.owner.emit('response', response);
      } else {
        // The answer came before the question was finished: nobody listens yet.
        request.early = response;
        this.asking = request;
        this.pause(true);
      }
    }

    body(data) { if (this.response) this.response.emit('body', data); }

    complete() {
      const { response } = this;
      if (!response) return;
      this.response = null;
      this.completed = true;
      response.emit('complete');
      this.forceClose();
    }

    end() {
      super.end();
      this.close();
    }

    closed(errno, text) {
      const failed = errno !== 0 || (!this.completed && this.requests.length > 0) || this.response !== null;
      this.completed = this.spent = false;
      this.response = this.asking = null;
      this.isClosed();
      // A request that was sent is lost, one that was not waits for the next that is finished.
      if (failed && this.requests.length > 0 && this.requests[0].begun) this.requests.shift();
      if (failed) this.owner.emit('error');
      this.owner.emit('close', errno !== 0, text);
      if (failed) return;
      const next = this.requests[0];
      if (next && (next.done || next.text !== '')) this.start();
    }
  }

  function Client(port, host) {
    this[STATE] = new ClientState(this, port, host);
  }
  lib.inherits(Client, tcp.Connection);
  http.Client = Client;

  Client.prototype.request = function (method, path, headers) {
    if (typeof path !== 'string') [method, path, headers] = ['GET', method, path];
    if (typeof path !== 'string' || path === '' || /[\r\n ]/.test(method + path)) {
      throw new TypeError('client.request: the path must be a string without spaces');
    }
    const state = stateOf(this, ClientState);
    const request = new ClientRequest(state, method, path, headers);
    state.requests.push(request[STATE]);
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
