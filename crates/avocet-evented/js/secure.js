// TLS for connections, servers and clients.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { tcp } = lib;

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
    const made = ops.tlsPrepare(isServer, ...list);
    if (typeof made === 'string') throw new Error(where + ': ' + made);
    return made;
  }

  tcp.Server.prototype.setSecure = function (format, ca, crl, key, certificate) {
    const list = credentials(format, [ca, crl, key, certificate], 'server.setSecure');
    this._secure = { made: prepare(list, true, 'server.setSecure') };
  };

  const Connection = tcp.Connection;
  Connection.prototype.setSecure = function (format, ca, crl, key, certificate) {
    const list = credentials(format, [ca, crl, key, certificate], 'connection.setSecure');
    this._secure = { made: prepare(list, false, 'connection.setSecure') };
  };
  Connection.prototype._startSecure = function (secure, isServer) {
    this._opening = true;
    this._isServer = isServer;
    const failure = ops.tlsStart(this._id, secure.made, this._host || '');
    if (failure !== undefined) this.forceClose();
  };
  // The handshake is done.
  Connection.prototype._secured = function () {
    this._opening = false;
    if (this._isServer) return this.server._ready(this);
    this._isOpen();
    this._afterConnect();
  };

  Connection.prototype.verifyPeer = function () {
    if (!this._secure && !this._isServer) return undefined;
    return this._id < 0 ? undefined : ops.tlsVerify(this._id);
  };
  Connection.prototype.getPeerCertificate = function () {
    if (!this._secure && !this._isServer) return undefined;
    return this._id < 0 ? undefined : ops.tlsPeer(this._id);
  };
  binding.hooks.secured = (id) => lib.streams[id]._secured();
})
