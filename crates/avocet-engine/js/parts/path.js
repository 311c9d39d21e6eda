(function pathPart(binding) {
  'use strict';

  binding.define('node:path', () => {
    function needText(value, name) {
      if (typeof value !== 'string') throw binding.wrongType(name, 'of type string', value);
    }

    /** Without `.` and `..`; `..` at the front stay where the path is relative. */
    function collapse(parts, absolute) {
      const out = [];
      for (const part of parts) {
        if (part === '' || part === '.') continue;
        if (part !== '..') out.push(part);
        else if (out.length > 0 && out.at(-1) !== '..') out.pop();
        else if (!absolute) out.push('..');
      }
      return out.join('/');
    }

    function normalize(path) {
      needText(path, 'path');
      if (path === '') return '.';
      const absolute = path.startsWith('/');
      const body = collapse(path.split('/'), absolute);
      if (body === '') return absolute ? '/' : path.endsWith('/') ? './' : '.';
      return `${absolute ? '/' : ''}${body}${path.endsWith('/') ? '/' : ''}`;
    }

    function join(...parts) {
      parts.forEach((part) => needText(part, 'path'));
      return normalize(parts.filter((part) => part !== '').join('/'));
    }

    function resolve(...parts) {
      parts.forEach((part) => needText(part, 'path'));
      let path = '';
      for (const part of ['/', ...parts]) {
        if (part.startsWith('/')) path = part;
        else if (part !== '') path += `/${part}`;
      }
      return `/${collapse(path.split('/'), true)}`;
    }

    function basename(path, suffix) {
      needText(path, 'path');
      const name = path.replace(/\/+$/, '').split('/').at(-1);
      return suffix !== undefined && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
    }

    function dirname(path) {
      needText(path, 'path');
      const trimmed = path.replace(/(?!^)\/+$/, '');
      const at = trimmed.lastIndexOf('/');
      if (at < 0) return '.';
      return trimmed.slice(0, at).replace(/\/+$/, '') || '/';
    }

    function extname(path) {
      const name = basename(path);
      const at = name.lastIndexOf('.');
      return at <= 0 || name === '..' ? '' : name.slice(at);
    }

    function relative(from, to) {
      const a = resolve(from).split('/').filter(Boolean);
      const b = resolve(to).split('/').filter(Boolean);
      let common = 0;
      while (common < a.length && common < b.length && a[common] === b[common]) common++;
      return [...a.slice(common).map(() => '..'), ...b.slice(common)].join('/');
    }

    function parse(path) {
      const base = basename(path);
      const ext = extname(path);
      const root = path.startsWith('/') ? '/' : '';
      const dir = path.replace(/\/+$/, '').includes('/') ? dirname(path) : root;
      return { root, dir, base, ext, name: ext === '' ? base : base.slice(0, -ext.length) };
    }

    function format({ root = '', dir, base, name = '', ext = '' }) {
      const file = base ?? `${name}${ext && !ext.startsWith('.') ? '.' : ''}${ext}`;
      const folder = dir ?? root;
      if (folder === '') return file;
      return folder === root ? `${folder}${file}` : `${folder}/${file}`;
    }

    const path = {
      sep: '/', delimiter: ':', normalize, join, resolve, basename, dirname, extname, relative, parse, format,
      isAbsolute(value) {
        needText(value, 'path');
        return value.startsWith('/');
      },
      toNamespacedPath: (value) => value,
    };
    path.posix = path;
    return path;
  });

  binding.define('node:querystring', () => {
    const { ops } = binding;

    function unescape(text) {
      try {
        return decodeURIComponent(text);
      } catch {
        return binding.use('url-search-params').decode(text.replaceAll('+', '%2B'));
      }
    }

    function escape(value) {
      return encodeURIComponent(ops.utf8_decode(new Uint8Array(ops.utf8_encode(String(value))), false));
    }

    function parse(text, separator = '&', equals = '=', options = undefined) {
      const out = { __proto__: null };
      if (typeof text !== 'string' || text === '') return out;
      const decode = options?.decodeURIComponent ?? unescape;
      const max = options?.maxKeys ?? 1000;
      let parts = text.split(separator);
      if (max > 0) parts = parts.slice(0, max);
      for (const part of parts) {
        if (part === '') continue;
        const at = part.indexOf(equals);
        const name = decode((at < 0 ? part : part.slice(0, at)).replaceAll('+', ' '));
        const value = at < 0 ? '' : decode(part.slice(at + equals.length).replaceAll('+', ' '));
        if (!(name in out)) out[name] = value;
        else if (Array.isArray(out[name])) out[name].push(value);
        else out[name] = [out[name], value];
      }
      return out;
    }

    function textOf(value) {
      switch (typeof value) {
        case 'string': case 'boolean': case 'bigint': return escape(value);
        case 'number': return Number.isFinite(value) ? escape(value) : '';
        default: return '';
      }
    }

    function stringify(object, separator = '&', equals = '=') {
      if (typeof object !== 'object' || object === null) return '';
      const parts = [];
      for (const name of Object.keys(object)) {
        for (const value of Array.isArray(object[name]) ? object[name] : [object[name]]) {
          parts.push(`${escape(name)}${equals}${textOf(value)}`);
        }
      }
      return parts.join(separator);
    }

    return { parse, stringify, escape, unescape, decode: parse, encode: stringify };
  });
})
