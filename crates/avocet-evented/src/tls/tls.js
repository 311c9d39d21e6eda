// TLS for connections, servers and clients.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { tcp, ServerState, ConnectionState, stateOf } = lib;

  function credentials(format, list, where) {
    // There is one format, so that it may be left out.
    if (format !== undefined && format !== 'X509_PEM') {
      throw new TypeError(where + ": the format must be 'X509_PEM'");
    }
    return list.map((text) => {
      if (text === undefined || text === null) return '';
      if (typeof text !== 'string') {
        throw new TypeError(where + ': certificates and keys must be strings in PEM');
      }
      return text;
    });
  }

  function prepare(list, isServer, where) {
    const made = ops.tls_prepare(isServer, ...list);
    if (typeof made === 'string') throw new Error(where + ': ' + made);
    return made;
  }

  tcp.Server.prototype.setSecure = function (format, ca, crl, key, certificate) {
    // Programs ask by a call without anything whether there is TLS: nothing is secured by it.
    if (arguments.length === 0) return;
    const list = credentials(format, [ca, crl, key, certificate], 'server.setSecure');
    stateOf(this, ServerState).secure = { made: prepare(list, true, 'server.setSecure') };
  };

  const Connection = tcp.Connection;
  Connection.prototype.setSecure = function (format, ca, crl, key, certificate) {
    const list = credentials(format, [ca, crl, key, certificate], 'connection.setSecure');
    stateOf(this, ConnectionState).secure = { made: prepare(list, false, 'connection.setSecure') };
  };
  ConnectionState.prototype.startSecure = function (secure, isServer) {
    this.opening = true;
    this.isServer = isServer;
    const failure = ops.tls_start(this.id, secure.made, this.host);
    if (failure !== undefined) this.forceClose();
  };
  // The handshake is done.
  ConnectionState.prototype.secured = function () {
    this.opening = false;
    if (this.isServer) return this.server.ready(this);
    this.isOpen();
    this.afterConnect();
  };

  // The number of a connection that is there and secure; undefined for any other.
  const secureId = function (connection) {
    const { id, secure, isServer } = stateOf(connection, ConnectionState);
    return (secure || isServer) && id >= 0 ? id : undefined;
  };
  Connection.prototype.verifyPeer = function () {
    const id = secureId(this);
    return id === undefined ? undefined : ops.tls_verify(id);
  };
  Connection.prototype.getPeerCertificate = function () {
    const id = secureId(this);
    return id === undefined ? undefined : ops.tls_peer(id);
  };
  binding.hooks.secured = (id) => lib.streams[id].secured();
})
