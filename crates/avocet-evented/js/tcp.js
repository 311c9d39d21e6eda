// tcp: servers and connections.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { process, streams } = lib;
  const tcp = lib.tcp = {};
  const LOOKUP_FAILED = -100000;
  const IDLE = 60000;

  const port = (value, name, call) => {
    const number = typeof value === 'string' && value !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !(number >= 0 && number <= 65535)) {
      throw lib.refusal(TypeError, 'First argument must be a port number', call,
        name + ': the first argument (port) must be a number from 0 to 65535');
    }
    return Math.trunc(number);
  };
  lib.port = port;

  function Server(listener) {
    if (typeof listener === 'function') this.addListener('connection', listener);
    this._id = -1;
  }
  lib.inherits(Server, lib.EventEmitter);
  tcp.Server = Server;
  // For what inherits without calling the constructor.
  Server.prototype._id = -1;

  // What goes wrong is told in a later turn, when there are listeners.
  function fail(server, where, errno) {
    const error = errno === -LOOKUP_FAILED
      ? new Error('listen ' + where + ': no address')
      : lib.systemError(errno, 'listen ' + where + ': ' + ops.errorText(errno));
    lib.setTimeout(() => {
      const heard = server.listeners('error').length + server.listeners('close').length;
      if (heard === 0) return lib.uncaught(error);
      server.emit('error', errno);
      server.emit('close', errno);
    }, 0);
  }

  Server.prototype.listen = function (portNumber, host, backlog) {
    if (arguments.length === 2 && typeof host === 'number') [host, backlog] = [undefined, host];
    if (arguments.length >= 3 && (typeof backlog !== 'number' || backlog !== (backlog | 0))) {
      throw lib.refusal(TypeError, 'backlog must be an integer', Server.prototype.listen,
        'server.listen: the third argument (backlog) must be an integer');
    }
    portNumber = port(portNumber, 'server.listen', Server.prototype.listen);
    if (this._id >= 0) throw new Error('Server is listening already.');
    const name = host === undefined || host === null ? '' : String(host);
    const id = ops.tcpListen(portNumber, name, backlog === undefined ? 128 : backlog);
    const where = (name || '*') + ':' + portNumber;
    if (id === LOOKUP_FAILED) throw new Error('listen ' + where + ': the host has no address');
    if (id < 0) return fail(this, where, -id);
    this._id = id;
    streams[id] = this;
  };

  Server.prototype.close = function () {
    if (this._id < 0) return;
    ops.tcpUnlisten(this._id);
    streams[this._id] = undefined;
    this._id = -1;
    lib.setTimeout(() => this.emit('close', 0), 0);
  };

  Server.prototype._connection = () => new Connection();

  Server.prototype._accept = function (id, address) {
    const connection = this._connection();
    connection.server = this;
    connection.remoteAddress = address;
    connection._attach(id);
    if (this._secure) return connection._startSecure(this._secure, true);
    this._ready(connection);
  };
  Server.prototype._ready = function (connection) {
    connection._isOpen();
    this.emit('connection', connection);
    connection._afterConnect();
  };

  function Connection() {
    this._id = -1;
    this._opening = false;
    this._readable = false;
    this._writable = false;
    this._encoding = 0;
    this._timeout = IDLE;
  }
  lib.inherits(Connection, lib.EventEmitter);
  tcp.Connection = Connection;
  Connection.prototype._id = -1;
  Connection.prototype._encoding = 0;

  Object.defineProperty(Connection.prototype, 'readyState', {
    get() {
      if (this._opening) return 'opening';
      if (this._id < 0) return 'closed';
      if (this._readable) return this._writable ? 'open' : 'readOnly';
      return this._writable ? 'writeOnly' : 'closing';
    },
  });
  Object.defineProperty(Connection.prototype, 'fd', {
    get() { return this._id < 0 ? null : ops.streamFd(this._id); },
  });

  Connection.prototype._attach = function (id) {
    this._id = id;
    streams[id] = this;
    if (this._timeout > 0) ops.streamTimeout(id, this._timeout);
    if (this._encoding !== 0) ops.streamEncoding(id, this._encoding);
    if (this._paused) ops.streamPause(id, true);
  };
  Connection.prototype._isOpen = function () {
    this._opening = false;
    this._readable = true;
    this._writable = !this._ending;
  };

  Connection.prototype.connect = function (portNumber, host) {
    if (this._opening || this._id >= 0) throw new Error('Socket is not in CLOSED state.');
    portNumber = port(portNumber, 'connection.connect', Connection.prototype.connect);
    this._opening = true;
    this._ending = this._dropped = this._paused = false;
    this._timeout = IDLE;
    this._lookup = this._secure = undefined;
    const name = host === undefined || host === null ? '127.0.0.1' : String(host);
    this._host = name;
    if (/^[\d.]+$|:/.test(name)) return this._open(name, portNumber);
    const attempt = this._lookup = {};
    ops.tcpLookup(lib.request((errno, address) => {
      if (this._lookup !== attempt) return;
      this._lookup = undefined;
      if (errno === 0) this._open(address, portNumber);
      else this._lost(2, 'the host has no address');
    }), name);
  };
  Connection.prototype._open = function (address, portNumber) {
    const id = ops.tcpConnect(address, portNumber);
    if (id < 0) return lib.setTimeout(() => this._lost(-id, ops.errorText(-id)), 0);
    this._attach(id);
    if (this._ending) ops.streamEnd(id);
  };
  Connection.prototype._lost = function (errno, text) {
    this._opening = false;
    this._closed(errno, text);
  };

  Connection.prototype._connected = function () {
    if (this._secure) return this._startSecure(this._secure, false);
    this._isOpen();
    this._afterConnect();
  };
  Connection.prototype._afterConnect = function () {
    this.emit('connect');
    this._tellDrain();
  };
  // "drain" comes in the next turn if nothing waits to be sent, else when that is gone.
  Connection.prototype._tellDrain = function () {
    if (this._id >= 0 && this._events !== undefined && this._events.drain) ops.streamDrain(this._id);
  };
  Connection.prototype._data = function (data) { lib.tell(this, 'receive', data); };
  Connection.prototype._end = function () {
    this._readable = false;
    this.emit('eof');
  };
  Connection.prototype._drain = function () { if (!this._dropped) this.emit('drain'); };
  Connection.prototype._idle = function () { this.emit('timeout'); };
  Connection.prototype._isClosed = function () {
    this._id = -1;
    this._opening = this._readable = this._writable = false;
  };
  Connection.prototype._closed = function (errno, text) {
    this._isClosed();
    this.emit('close', errno !== 0, text);
  };

  Connection.prototype.setEncoding = function (name) {
    this._encoding = lib.incoming(name);
    if (this._id >= 0) ops.streamEncoding(this._id, this._encoding);
    const known = { utf8: 'utf8', 'utf-8': 'utf8', ascii: 'ascii' };
    return known[String(name).toLowerCase()] || 'binary';
  };
  Connection.prototype.send = function (data, encoding) {
    if (!this._writable) throw new Error('Socket is not open for writing');
    const text = lib.data(data, 'connection.send', Connection.prototype.send);
    const sent = ops.streamWrite(this._id, text, lib.outgoing(encoding));
    return sent < 0 ? 0 : sent;
  };
  Connection.prototype.close = function () {
    if (this._ending && this._id < 0) return;
    if (this._writable) this._tellDrain();
    this._writable = false;
    this._ending = true;
    if (this._id >= 0) ops.streamEnd(this._id);
  };
  Connection.prototype.forceClose = function () {
    this._readable = this._writable = false;
    this._dropped = true;
    if (this._id >= 0) return ops.streamDestroy(this._id);
    if (!this._lookup) return;
    this._lookup = undefined;
    lib.setTimeout(() => this._lost(0, 'Success'), 0);
  };
  Connection.prototype.readPause = function () {
    this._paused = true;
    if (this._id >= 0) ops.streamPause(this._id, true);
  };
  Connection.prototype.readResume = function () {
    this._paused = false;
    if (this._id >= 0) ops.streamPause(this._id, false);
  };
  Connection.prototype.setTimeout = function (ms) {
    this._timeout = Math.max(0, Number(ms) || 0);
    if (this._id >= 0) ops.streamTimeout(this._id, this._timeout);
  };
  Connection.prototype.setNoDelay = function (on) {
    if (this._id >= 0) ops.streamNoDelay(this._id, arguments.length === 0 || on === true);
  };

  tcp.createServer = (listener) => new Server(listener);
  tcp.createConnection = function (portNumber, host) {
    const connection = new Connection();
    connection.connect(portNumber, host);
    return connection;
  };
  process.tcp = { Server, Connection };
  lib.define('tcp', () => tcp);
})
