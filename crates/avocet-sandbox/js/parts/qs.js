(function qsPart(binding) {
  'use strict';

  binding.define('qs', () => {
    const { decode } = binding.use('url-search-params');
    const DEFAULTS = { depth: 5, parameters: 1000, arrayLimit: 20 };

    /** `a[b][]` → ['a', 'b', '']; what is deeper than the limit stays one key, brackets and all. */
    function pathOf(name, depth) {
      const first = name.indexOf('[');
      if (first < 0 || !name.includes(']', first)) return [name];
      const path = first === 0 ? [] : [name.slice(0, first)];
      let at = first;
      while (name[at] === '[' && path.length <= depth) {
        const end = name.indexOf(']', at);
        if (end < 0) break;
        path.push(name.slice(at + 1, end));
        at = end + 1;
      }
      if (at < name.length && name[at] === '[') path.push(name.slice(at));
      return path;
    }

    function put(target, key, value) {
      // A caller may not reach a prototype by a name.
      if (key === '__proto__') return;
      target[key] = value;
    }

    const isIndex = (key, limit) => /^(0|[1-9]\d*)$/.test(key) && Number(key) <= limit;

    /** An array that got a name, or an index beyond the limit, becomes an object. */
    function asObject(list) {
      return Object.assign({}, list);
    }

    function child(container, key) {
      return Object.hasOwn(container, key) ? container[key] : undefined;
    }

    /** A name that comes again; on an object the value becomes one more name. */
    function merge(present, value) {
      if (present === undefined) return value;
      if (Array.isArray(present)) return [...present, value];
      if (typeof present !== 'object') return [present, value];
      put(present, value, true);
      return present;
    }

    /** `container` with `value` at the end of `path`; made where it is undefined. */
    function insert(container, path, at, value, limit) {
      if (at === path.length) return merge(container, value);
      const key = path[at];
      let holder = container;
      if (holder === undefined) holder = key === '' || isIndex(key, limit) ? [] : {};
      if (typeof holder !== 'object') holder = [holder];
      if (Array.isArray(holder)) {
        if (key === '') {
          holder.push(insert(undefined, path, at + 1, value, limit));
          return holder;
        }
        if (!isIndex(key, limit)) holder = asObject(holder);
      }
      const name = key === '' ? String(Object.keys(holder).length) : key;
      if (name !== '__proto__') put(holder, name, insert(child(holder, name), path, at + 1, value, limit));
      return holder;
    }

    /** Arrays without the holes that `a[5]=x` leaves. */
    function compact(value) {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.filter((_, i) => i in value).map(compact);
      for (const key of Object.keys(value)) value[key] = compact(value[key]);
      return value;
    }

    /**
     * Pairs of a query or a form as an object: nested by brackets, arrays by `[]`, by index or by
     * repetition.
     * @param {string} text without `?`
     * @param {{depth?: number, parameters?: number, arrayLimit?: number}} [options]
     */
    function parse(text, options) {
      const { depth, parameters, arrayLimit } = { ...DEFAULTS, ...options };
      const out = {};
      if (text === '') return out;
      let nested = false;
      for (const part of text.split('&', parameters)) {
        if (part === '') continue;
        const bracket = part.indexOf(']=');
        const at = bracket < 0 ? part.indexOf('=') : bracket + 1;
        const path = pathOf(decode(at < 0 ? part : part.slice(0, at)), depth);
        const value = at < 0 ? '' : decode(part.slice(at + 1));
        if (path[0] === '') continue;
        nested ||= path.length > 1;
        put(out, path[0], insert(child(out, path[0]), path, 1, value, arrayLimit));
      }
      return nested ? compact(out) : out;
    }

    return { parse };
  });
})
