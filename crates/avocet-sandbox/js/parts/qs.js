(function qsPart(binding) {
  'use strict';

  // The function may put something else in its place.
  const { decodeURIComponent: decodeEscapes } = globalThis;

  binding.define('qs', () => {
    const DEFAULTS = { depth: 5, parameters: 1000, arrayLimit: 20, strict: false };
    const SHOWN = 40;

    /** A name of a form nests deeper than its limit. */
    class TooDeep extends Error {
      constructor(name, depth) {
        super(`the form's field '${name.slice(0, SHOWN)}' nests deeper than ${depth} levels`);
      }
    }

    /** A list in the making: its indexes need not come in order. */
    class List extends Map {
      top = -1;

      add(value) { return this.set(this.top + 1, value); }

      set(index, value) {
        if (index > this.top) this.top = index;
        return super.set(index, value);
      }
    }

    /** What is no UTF-8, or no escape, stays as it was sent. */
    function decoded(text) {
      const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
      if (!spaced.includes('%')) return spaced;
      try {
        return decodeEscapes(spaced);
      } catch {
        return spaced;
      }
    }

    /** `a[b][]` → ['a', 'b', '']; what is deeper than the limit stays one key, brackets and all. */
    function pathOf(name, { depth, strict }) {
      const first = name.indexOf('[');
      if (first < 0 || !name.includes(']', first)) return [name];
      const path = first === 0 ? [] : [name.slice(0, first)];
      let at = first;
      while (name[at] === '[') {
        const end = name.indexOf(']', at);
        if (path.length > depth && end >= 0 && strict) throw new TooDeep(name, depth);
        if (end < 0 || path.length > depth) {
          path.push(name.slice(at));
          break;
        }
        path.push(name.slice(at + 1, end));
        at = end + 1;
      }
      return path;
    }

    const isIndex = (key, limit) => /^(0|[1-9]\d*)$/.test(key) && Number(key) <= limit;

    /** A name that comes again; on an object the value becomes one more name. */
    function merge(present, value) {
      if (present === undefined) return value;
      if (present instanceof List) return present.add(value);
      if (present instanceof Map) return value === '__proto__' ? present : present.set(value, true);
      return new List().add(present).add(value);
    }

    /** `container` with `value` at the end of `path`; made where it is undefined. */
    function insert(container, path, at, value, limit) {
      if (at === path.length) return merge(container, value);
      const key = path[at];
      const indexed = isIndex(key, limit);
      let holder = container;
      if (holder === undefined) holder = key === '' || indexed ? new List() : new Map();
      else if (typeof holder === 'string') holder = new List().add(holder);
      if (holder instanceof List) {
        if (key === '') return holder.add(insert(undefined, path, at + 1, value, limit));
        if (indexed) {
          const index = Number(key);
          return holder.set(index, insert(holder.get(index), path, at + 1, value, limit));
        }
        holder = new Map([...holder].map(([index, kept]) => [String(index), kept]));
      }
      const name = key === '' ? String(holder.size) : key;
      if (name === '__proto__') return holder;
      return holder.set(name, insert(holder.get(name), path, at + 1, value, limit));
    }

    /** Objects and arrays, these without the holes that `a[5]=x` leaves. */
    function plain(value) {
      if (typeof value === 'string' || value === true) return value;
      if (value instanceof List) {
        const order = [...value.keys()].sort((a, b) => a - b);
        return order.map((index) => plain(value.get(index)));
      }
      const out = {};
      for (const [name, kept] of value) out[name] = plain(kept);
      return out;
    }

    /**
     * Pairs of a query or a form as an object: nested by brackets, arrays by `[]`, by index or by
     * repetition. The time grows with the text alone, whatever it repeats.
     * @param {string} text without `?`
     * @param {object} [options]
     * @param {number} [options.depth] brackets behind a name that nest
     * @param {number} [options.parameters] pairs that are read
     * @param {number} [options.arrayLimit] the highest index that makes an array, where there are
     *   not more pairs than that
     * @param {boolean} [options.strict] refuse what is too deep with {@link TooDeep}
     */
    function parse(text, options) {
      const limits = { ...DEFAULTS, ...options };
      const found = new Map();
      if (text === '') return {};
      const pairs = limits.parameters === Infinity ? text.split('&') : text.split('&', limits.parameters);
      const limit = limits.strict ? Math.max(limits.arrayLimit, pairs.length) : limits.arrayLimit;
      for (const pair of pairs) {
        const bracket = pair.indexOf(']=');
        const at = bracket < 0 ? pair.indexOf('=') : bracket + 1;
        const path = pathOf(decoded(at < 0 ? pair : pair.slice(0, at)), limits);
        // A caller may not reach a prototype by a name.
        if (path[0] === '' || path[0] === '__proto__') continue;
        const value = at < 0 ? '' : decoded(pair.slice(at + 1));
        found.set(path[0], insert(found.get(path[0]), path, 1, value, limit));
      }
      return plain(found);
    }

    return { parse, TooDeep };
  });
})
