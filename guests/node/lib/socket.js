'use strict';
const { EventEmitter } = require('node:events');

/** What stands where a request's TCP connection would be: there is none in a worker. */
class LightSocket extends EventEmitter {
  /** @param onDestroy called once, when the function ends the connection */
  constructor(address, onDestroy) {
    super();
    this._onDestroy = onDestroy;
    this.remoteAddress = address;
    this.remoteFamily = address !== undefined && address.includes(':') ? 'IPv6' : 'IPv4';
    this.encrypted = false;
    this.readable = true;
    this.writable = true;
    this.destroyed = false;
  }

  setTimeout() { return this; }
  setNoDelay() { return this; }
  setKeepAlive() { return this; }
  ref() { return this; }
  unref() { return this; }
  cork() {}
  uncork() {}
  address() { return {}; }

  end() { return this.destroy(); }
  destroySoon() { return this.destroy(); }
  resetAndDestroy() { return this.destroy(); }

  destroy(error) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.readable = false;
    this.writable = false;
    this._onDestroy?.(error);
    if (error) process.nextTick(() => this.listenerCount('error') > 0 && this.emit('error', error));
    process.nextTick(() => this.emit('close', Boolean(error)));
    return this;
  }
}

module.exports = { LightSocket };
