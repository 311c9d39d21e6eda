// tcp: servers and connections.
(function (binding) {
  'use strict';
  const { ops, hooks, lib } = binding;
  const { process, streams, STATE, stateOf } = lib;
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

  hooks.accept = (server, id, address) => streams[server].accept(id, address);
  hooks.connected = (id) => streams[id].connected();

  // Server's state.
  class ServerState {
    constructor(owner) {
      this.owner = owner;
      this.id = -1;
      this.secure = undefined;
    }

    isInUse() { return this.id >= 0; }

    // A connection that nobody has seen yet.
    connection() { return new Connection(); }

    accept(id, address) {
      const connection = this.connection();
      connection.server = this.owner;
      connection.remoteAddress = address;
      const state = connection[STATE];
      state.server = this;
      state.attach(id);
      if (this.secure) return state.startSecure(this.secure, true);
      this.ready(state);
    }

    ready(state) {
      state.isOpen();
      this.owner.emit('connection', state.owner);
      state.afterConnect();
    }

    // Failures are told in a later turn, when there are listeners.
    fail(where, errno) {
      const error = errno === -LOOKUP_FAILED
        ? new Error('listen ' + where + ': no address')
        : lib.systemError(errno, 'listen ' + where + ': ' + ops.error_text(errno));
      lib.setTimeout(() => {
        const server = this.owner;
        const heard = server.listeners('error').length + server.listeners('close').length;
        if (heard === 0) return lib.uncaught(error);
        server.emit('error', errno);
        server.emit('close', errno);
      }, 0);
    }
  }
  lib.ServerState = ServerState;

  function Server(listener) {
    if (typeof listener === 'function') this.addListener('connection', listener);
    this[STATE] = new ServerState(this);
  }
  lib.inherits(Server, lib.EventEmitter);
  tcp.Server = Server;

  Server.prototype.listen = function (portNumber, host, backlog) {
    if (arguments.length === 2 && typeof host === 'number') [host, backlog] = [undefined, host];
    if (arguments.length >= 3 && (typeof backlog !== 'number' || backlog !== (backlog | 0))) {
      throw lib.refusal(TypeError, 'backlog must be an integer', Server.prototype.listen,
        'server.listen: the third argument (backlog) must be an integer');
    }
    portNumber = port(portNumber, 'server.listen', Server.prototype.listen);
    const state = stateOf(this, ServerState);
    if (state.id >= 0) throw new Error('Server is listening already.');
    const name = host === undefined || host === null ? '' : String(host);
    const id = ops.tcp_listen(portNumber, name, backlog === undefined ? 128 : backlog);
    const where = (name || '*') + ':' + portNumber;
    if (id === LOOKUP_FAILED) throw new Error('listen ' + where + ': the host has no address');
    if (id < 0) return state.fail(where, -id);
    state.id = id;
    streams[id] = state;
  };

  Server.prototype.close = function () {
    const state = stateOf(this, ServerState);
    if (state.id < 0) return;
    ops.tcp_unlisten(state.id);
    streams[state.id] = undefined;
    state.id = -1;
    lib.setTimeout(() => state.owner.emit('close', 0), 0);
  };

  // Connection's state.
  class ConnectionState {
    constructor(owner) {
      this.owner = owner;
      this.server = null;
      this.id = -1;
      this.opening = false;
      this.readable = false;
      this.writable = false;
      this.ending = false;
      this.dropped = false;
      this.paused = false;
      this.encoding = 0;
      this.timeout = IDLE;
      this.host = '';
      this.lookup = undefined;
      this.secure = undefined;
      this.isServer = false;
    }

    isInUse() { return this.opening || this.id >= 0; }

    readyState() {
      if (this.opening) return 'opening';
      if (this.id < 0) return 'closed';
      if (this.readable) return this.writable ? 'open' : 'readOnly';
      return this.writable ? 'writeOnly' : 'closing';
    }

    attach(id) {
      this.id = id;
      streams[id] = this;
      if (this.timeout > 0) ops.stream_timeout(id, this.timeout);
      if (this.encoding !== 0) ops.stream_encoding(id, this.encoding);
      if (this.paused) ops.stream_pause(id, true);
    }

    isOpen() {
      this.opening = false;
      this.readable = true;
      this.writable = !this.ending;
    }

    connect(portNumber, host) {
      this.opening = true;
      this.ending = this.dropped = this.paused = false;
      this.timeout = IDLE;
      this.lookup = this.secure = undefined;
      const name = host === undefined || host === null ? '127.0.0.1' : String(host);
      this.host = name;
      if (/^[\d.]+$|:/.test(name)) return this.open(name, portNumber);
      const attempt = this.lookup = {};
      ops.tcp_lookup(lib.request((errno, address) => {
        if (this.lookup !== attempt) return;
        this.lookup = undefined;
        if (errno === 0) this.open(address, portNumber);
        else this.lost(2, 'the host has no address');
      }), name);
    }

    open(address, portNumber) {
      const id = ops.tcp_connect(address, portNumber);
      if (id < 0) return lib.setTimeout(() => this.lost(-id, ops.error_text(-id)), 0);
      this.attach(id);
      if (this.ending) ops.stream_end(id);
    }

    lost(errno, text) {
      this.opening = false;
      this.closed(errno, text);
    }

    connected() {
      if (this.secure) return this.startSecure(this.secure, false);
      this.isOpen();
      this.afterConnect();
    }

    afterConnect() {
      this.owner.emit('connect');
      this.tellDrain();
    }

    // "drain" comes in the next turn if nothing waits to be sent, else when that is gone.
    tellDrain() {
      const events = this.owner._events;
      if (this.id >= 0 && events !== undefined && events.drain) ops.stream_drain(this.id);
    }

    data(data) { lib.tell(this.owner, 'receive', data); }

    end() {
      this.readable = false;
      this.owner.emit('eof');
    }

    drain() { if (!this.dropped) this.owner.emit('drain'); }

    idle() { this.owner.emit('timeout'); }

    isClosed() {
      this.id = -1;
      this.opening = this.readable = this.writable = false;
    }

    closed(errno, text) {
      this.isClosed();
      this.owner.emit('close', errno !== 0, text);
    }

    close() {
      if (this.ending && this.id < 0) return;
      if (this.writable) this.tellDrain();
      this.writable = false;
      this.ending = true;
      if (this.id >= 0) ops.stream_end(this.id);
    }

    forceClose() {
      this.readable = this.writable = false;
      this.dropped = true;
      if (this.id >= 0) return ops.stream_destroy(this.id);
      if (!this.lookup) return;
      this.lookup = undefined;
      lib.setTimeout(() => this.lost(0, 'Success'), 0);
    }

    pause(paused) {
      this.paused = paused;
      if (this.id >= 0) ops.stream_pause(this.id, paused);
    }
  }
  lib.ConnectionState = ConnectionState;

  function Connection() {
    this[STATE] = new ConnectionState(this);
  }
  lib.inherits(Connection, lib.EventEmitter);
  tcp.Connection = Connection;
  const stateOfConnection = (connection) => stateOf(connection, ConnectionState);

  Object.defineProperty(Connection.prototype, 'readyState', {
    get() { return stateOfConnection(this).readyState(); }, enumerable: true,
  });
  Object.defineProperty(Connection.prototype, 'fd', {
    get() {
      const { id } = stateOfConnection(this);
      return id < 0 ? null : ops.stream_fd(id);
    },
    enumerable: true,
  });

  Connection.prototype.connect = function (portNumber, host) {
    const state = stateOfConnection(this);
    if (state.opening || state.id >= 0) throw new Error('Socket is not in CLOSED state.');
    state.connect(port(portNumber, 'connection.connect', Connection.prototype.connect), host);
  };
  Connection.prototype.setEncoding = function (name) {
    const state = stateOfConnection(this);
    state.encoding = lib.incoming(name);
    if (state.id >= 0) ops.stream_encoding(state.id, state.encoding);
    const known = { utf8: 'utf8', 'utf-8': 'utf8', ascii: 'ascii' };
    return known[String(name).toLowerCase()] || 'binary';
  };
  Connection.prototype.send = function (data, encoding) {
    const state = stateOfConnection(this);
    if (!state.writable) throw new Error('Socket is not open for writing');
    const text = lib.data(data, 'connection.send', Connection.prototype.send);
    const sent = ops.stream_write(state.id, text, lib.outgoing(encoding));
    return sent < 0 ? 0 : sent;
  };
  Connection.prototype.close = function () { stateOfConnection(this).close(); };
  Connection.prototype.forceClose = function () { stateOfConnection(this).forceClose(); };
  Connection.prototype.readPause = function () { stateOfConnection(this).pause(true); };
  Connection.prototype.readResume = function () { stateOfConnection(this).pause(false); };
  Connection.prototype.setTimeout = function (ms) {
    const state = stateOfConnection(this);
    state.timeout = Math.max(0, Number(ms) || 0);
    if (state.id >= 0) ops.stream_timeout(state.id, state.timeout);
  };
  Connection.prototype.setNoDelay = function (on) {
    const { id } = stateOfConnection(this);
    if (id >= 0) ops.stream_no_delay(id, arguments.length === 0 || on === true);
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
