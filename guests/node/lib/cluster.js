'use strict';
// Names that functions have on a cluster (`back.default.svc.cluster.local`, `back.default`, `back`):
// connections to them, whatever library makes them, go to the platform's own listener, which knows
// the function behind a name.
const dns = require('node:dns');
const net = require('node:net');

const PORTS = new Set([80, 8080]);
const NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)?(\.svc(\.cluster\.local)?)?\.?$/i;

/** Whether a name is one of the cluster: `yes`, `no`, or `perhaps`, where a network may know it too. */
function isOfCluster(host, namespace) {
  if (host === 'localhost' || net.isIP(host) !== 0 || !NAME.test(host)) return 'no';
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  if (labels.length > 2 && labels[2] === 'svc') return 'yes';
  if (labels.length === 1) return 'perhaps';
  if (labels.length > 2 || labels[1] === 'svc') return 'no';
  return [namespace, 'default', 'kyma-system'].includes(labels[1]) ? 'yes' : 'perhaps';
}

/** Once per process. `address`: host and port of the listener for the function's namespace. */
function reach(address, namespace) {
  const at = address.lastIndexOf(':');
  const [host, port] = [address.slice(0, at), Number(address.slice(at + 1))];
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...args) {
    const given = Array.isArray(args[0]) ? args[0] : net._normalizeArgs(args);
    const [options] = given;
    const name = options.path ? undefined : options.host;
    const found = typeof name === 'string' && PORTS.has(Number(options.port)) ? isOfCluster(name, namespace) : 'no';
    if (found === 'no') return connect.apply(this, args);
    const redirected = () => {
      given[0] = { ...options, host, port, lookup: undefined };
      return connect.call(this, given);
    };
    if (found === 'yes') return redirected();
    // What is written meanwhile waits for the connection.
    this.connecting = true;
    dns.lookup(name, (error) => {
      if (this.destroyed) return;
      this.connecting = false;
      if (error) redirected();
      else connect.call(this, given);
    });
    return this;
  };
}

module.exports = { reach, isOfCluster };
