(function urlSearchParamsPart(binding) {
  'use strict';

  const { ops, failure, wellFormed } = binding;

  binding.define('url-search-params', () => {
    /** Percent-decoding of application/x-www-form-urlencoded. */
    function decode(text) {
      const plain = text.replaceAll('+', ' ');
      if (!plain.includes('%')) return plain;
      try {
        return decodeURIComponent(plain);
      } catch {
        return ops.utf8_decode(bytesOfEscapes(plain), false);
      }
    }

    function bytesOfEscapes(text) {
      const raw = new Uint8Array(ops.utf8_encode(text));
      const out = new Uint8Array(raw.length);
      let at = 0;
      for (let i = 0; i < raw.length; i++) {
        const pair = raw[i] === 37 ? String.fromCharCode(raw[i + 1], raw[i + 2]) : '';
        if (/^[0-9a-fA-F]{2}$/.test(pair)) {
          out[at++] = Number.parseInt(pair, 16);
          i += 2;
        } else {
          out[at++] = raw[i];
        }
      }
      return out.subarray(0, at);
    }

    function encode(text) {
      const escaped = encodeURIComponent(wellFormed(text));
      return escaped.replace(/%20|[!'()~]/g, (c) => (c === '%20' ? '+' : `%${c.charCodeAt(0).toString(16).toUpperCase()}`));
    }

    function parse(text) {
      const list = [];
      for (const part of text.split('&')) {
        if (part === '') continue;
        const at = part.indexOf('=');
        list.push(at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))]);
      }
      return list;
    }

    function pairsOf(init) {
      if (typeof init[Symbol.iterator] === 'function') {
        return Array.from(init, (pair) => {
          const [...two] = pair;
          if (two.length !== 2) {
            throw failure(TypeError, 'ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple');
          }
          return [wellFormed(`${two[0]}`), wellFormed(`${two[1]}`)];
        });
      }
      return Reflect.ownKeys(init)
        .filter((key) => Object.prototype.propertyIsEnumerable.call(init, key))
        .map((key) => [wellFormed(`${key}`), wellFormed(`${init[key]}`)]);
    }

    class URLSearchParams {
      #list = [];
      #changed = null;

      constructor(init = undefined) {
        if (init === undefined || init === null) return;
        if (typeof init === 'object' || typeof init === 'function') {
          this.#list = pairsOf(init);
          return;
        }
        const text = wellFormed(`${init}`);
        this.#list = parse(text.startsWith('?') ? text.slice(1) : text);
      }

      /** Ties the list to a URL: `changed` is told the new query. */
      static bind(params, query, changed) {
        params.#list = parse(query);
        params.#changed = changed;
      }

      #update() { this.#changed?.(this.toString()); }

      get size() { return this.#list.length; }

      append(name, value) {
        this.#list.push([wellFormed(`${name}`), wellFormed(`${value}`)]);
        this.#update();
      }

      delete(name, value) {
        this.#list = this.#list.filter((pair) => pair[0] !== `${name}` || (value !== undefined && pair[1] !== `${value}`));
        this.#update();
      }

      get(name) { return this.#list.find((pair) => pair[0] === `${name}`)?.[1] ?? null; }

      getAll(name) { return this.#list.filter((pair) => pair[0] === `${name}`).map((pair) => pair[1]); }

      has(name, value) {
        return this.#list.some((pair) => pair[0] === `${name}` && (value === undefined || pair[1] === `${value}`));
      }

      set(name, value) {
        const key = wellFormed(`${name}`);
        const first = this.#list.findIndex((pair) => pair[0] === key);
        if (first < 0) {
          this.#list.push([key, wellFormed(`${value}`)]);
        } else {
          this.#list[first][1] = wellFormed(`${value}`);
          this.#list = this.#list.filter((pair, i) => i <= first || pair[0] !== key);
        }
        this.#update();
      }

      sort() {
        this.#list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
        this.#update();
      }

      forEach(callback, self) {
        for (const [name, value] of this.#list) callback.call(self, value, name, this);
      }

      * entries() { for (const [name, value] of this.#list) yield [name, value]; }

      * keys() { for (const pair of this.#list) yield pair[0]; }

      * values() { for (const pair of this.#list) yield pair[1]; }

      toString() { return this.#list.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&'); }

      [binding.inspect.custom](depth, options, inspect) {
        if (this.#list.length === 0) return 'URLSearchParams {}';
        const pairs = this.#list.map(([name, value]) => `${inspect(name)} => ${inspect(value)}`);
        return `URLSearchParams { ${pairs.join(', ')} }`;
      }

      get [Symbol.toStringTag]() { return 'URLSearchParams'; }
    }
    binding.put(URLSearchParams.prototype, Symbol.iterator, URLSearchParams.prototype.entries);

    const bind = URLSearchParams.bind;
    delete URLSearchParams.bind;
    return { URLSearchParams, bind, parse, decode };
  });
})
