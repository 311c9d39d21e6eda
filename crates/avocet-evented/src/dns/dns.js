// dns
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { process } = lib;
  const dns = {
    TEMPFAIL: -1, PROTOCOL: -2, NXDOMAIN: -3, NODATA: -4, NOMEM: -5, BADQUERY: -6,
  };
  const messages = {
    [-1]: 'temporary failure in name resolution', [-2]: 'protocol error',
    [-3]: 'domain name does not exist', [-4]: 'valid domain but no data of requested type',
    [-5]: 'out of memory', [-6]: 'malformed query',
  };

  const ask = (name, kind, check) => {
    dns[name] = function (text) {
      if (typeof text !== 'string') {
        throw lib.refusal(Error, 'Argument must be a string.', dns[name],
          'dns.' + name + ': the first argument (' + (check ? 'ip' : 'domain') + ') must be a string');
      }
      if (check) check(text);
      const promise = new lib.Promise();
      ops.dns_resolve(lib.request((code, names, rest) => {
        if (code !== 0) return promise.emitError(code, messages[code]);
        promise.emitSuccess(names, rest[0], rest[1]);
      }), kind, text);
      return promise;
    };
  };
  ask('resolve4', 0);
  ask('resolve6', 1);
  ask('reverse', 2, (text) => {
    const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
    const fine = four ? four.slice(1).every((part) => Number(part) < 256) : /^[\da-f:.]*:[\da-f:.]*$/i.test(text);
    if (!fine) {
      throw lib.refusal(Error, 'Invalid IP address', dns.reverse,
        'dns.reverse: the first argument (ip) must be an address of IPv4 or IPv6');
    }
  });
  process.dns = dns;
  lib.define('dns', () => dns);
})
