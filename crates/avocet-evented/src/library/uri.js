// uri: taking addresses apart, putting them together.
(function (binding) {
  'use strict';
  const { lib } = binding;

  function dots(parts) {
    const kept = [];
    for (const part of parts) {
      if (part === '.' || part === '') continue;
      if (part === '..' && kept.length > 0 && kept[kept.length - 1] !== '..') kept.pop();
      else if (part !== '..') kept.push(part);
    }
    return kept;
  }

  const PARTS = /^(?:([^:/?#]+):)?(?:(\/\/)([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

  function parse(text) {
    if (text !== null && typeof text === 'object') return text;
    const url = String(text);
    const [, protocol, authorityRoot, authority, path, query, anchor] = PARTS.exec(url);
    const out = {
      url, protocol: protocol || '', authorityRoot: authorityRoot || '', authority: authority || '',
      userInfo: '', user: '', password: '', domain: '', port: '', path: path || '', root: '',
      directory: '', file: '', query: query || '', anchor: anchor || '',
      directories: [], domains: [],
    };
    const at = out.authority.lastIndexOf('@');
    if (at >= 0) {
      out.userInfo = out.authority.slice(0, at);
      const colon = out.userInfo.indexOf(':');
      out.user = colon < 0 ? out.userInfo : out.userInfo.slice(0, colon);
      out.password = colon < 0 ? '' : out.userInfo.slice(colon + 1);
    }
    const host = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(out.authority.slice(at + 1));
    if (host) [out.domain, out.port] = [host[1].replace(/^\[|\]$/g, ''), host[2] || ''];
    // An authority may be empty, as in `file:///a`: it has one domain, which is.
    out.domains = out.authorityRoot === '' && out.domain === '' ? [] : out.domain.split('.');
    if (out.path[0] === '/' || out.authorityRoot !== '') out.root = '/';
    const inside = out.path.replace(/^\//, '');
    const slash = inside.lastIndexOf('/');
    out.directory = inside.slice(0, slash + 1);
    out.file = inside.slice(slash + 1);
    out.directories = dots(out.directory.split('/'));
    return out;
  }

  function authorityOf(o) {
    if (o.authority) return o.authority;
    const domain = o.domain || (o.domains && o.domains.join('.')) || '';
    if (domain === '') return '';
    const user = o.user ? o.user + (o.password ? ':' + o.password : '') + '@' : '';
    return user + domain + (o.port ? ':' + o.port : '');
  }

  function format(o) {
    if (o === undefined) throw new Error('UrlError: URL undefined for urls#format');
    if (typeof o === 'string') return o;
    const authority = authorityOf(o);
    let path = o.path;
    if (!path) {
      const folders = o.directories && o.directories.length > 0
        ? o.directories.join('/') + '/' : '';
      path = (o.root || (authority ? '/' : '')) + folders + (o.file || '');
    }
    o.url = (o.protocol ? o.protocol + ':' : '') + (authority ? '//' + authority : '') + path +
      (o.query ? '?' + o.query : '') + (o.anchor ? '#' + o.anchor : '');
    return o.url;
  }

  function resolveObject(a, b) {
    const from = parse(a), to = parse(b);
    if (from.url === '') return to;
    if (to.url === '') return from;
    if (to.authority !== '' || (to.protocol !== '' && to.protocol !== from.protocol)) {
      return to.protocol === '' ? parse(format({ ...to, protocol: from.protocol })) : to;
    }
    const base = {
      protocol: from.protocol, authority: from.authority, query: to.query, anchor: to.anchor,
    };
    if (to.path === '') {
      base.path = from.path;
      if (to.query === '' && to.url[0] !== '?') base.query = from.query;
    } else {
      const rooted = to.root === '/' || from.root === '/';
      const folders = to.root === '/' ? to.directory
        : from.directory + to.directory;
      const kept = dots(folders.split('/').concat(/^\.\.?$/.test(to.file) ? [to.file] : []));
      const file = /^\.\.?$/.test(to.file) ? '' : to.file;
      base.path = (rooted ? '/' : '') + kept.map((part) => part + '/').join('') + file;
    }
    return parse(format(base));
  }

  const uri = {
    parse, format, resolveObject,
    resolve: (a, b) => format(resolveObject(a, b)),
    decode: (text) => decodeURIComponent(String(text).replace(/\+/g, ' ')),
  };
  lib.define('uri', () => uri);
  lib.define('url', () => uri);
})
