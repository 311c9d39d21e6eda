(function responseHeadersPart(binding) {
  'use strict';

  const { failure } = binding;

  binding.define('response-headers', () => {
    const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
    const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;

    function checkName(name) {
      if (typeof name !== 'string' || !TOKEN.test(name)) {
        throw failure(TypeError, 'ERR_INVALID_HTTP_TOKEN', `Header name must be a valid HTTP token ["${String(name)}"]`);
      }
    }

    /** A value as text, or several; refuses what would end the header line. */
    function checkValue(name, value) {
      if (value === undefined || value === null) {
        throw failure(TypeError, 'ERR_HTTP_INVALID_HEADER_VALUE', `Invalid value "${value}" for header "${name}"`);
      }
      if (Array.isArray(value)) return value.map((each) => checkValue(name, each));
      const text = String(value);
      if (FORBIDDEN.test(text)) {
        throw failure(TypeError, 'ERR_INVALID_CHAR', `Invalid character in header content ["${name}"]`);
      }
      return text;
    }

    /** Headers that the function set, in order, names in any case. */
    class Headers {
      #entries = { __proto__: null };
      // What the platform would add and the function took away.
      #removed = { __proto__: null };

      set(name, value) {
        checkName(name);
        const key = name.toLowerCase();
        this.#entries[key] = { name, value: checkValue(name, value), raw: value };
        delete this.#removed[key];
      }

      append(name, value) {
        const before = this.get(name);
        this.set(name, before === undefined ? value : [before, value].flat());
      }

      get(name) { return this.#entries[String(name).toLowerCase()]?.raw; }

      has(name) { return String(name).toLowerCase() in this.#entries; }

      remove(name) {
        checkName(name);
        const key = name.toLowerCase();
        delete this.#entries[key];
        this.#removed[key] = true;
      }

      names() { return Object.keys(this.#entries); }

      rawNames() { return this.names().map((key) => this.#entries[key].name); }

      toObject() {
        const out = { __proto__: null };
        for (const key in this.#entries) out[key] = this.#entries[key].raw;
        return out;
      }

      /** name, value, name, value; null where there is none. */
      flat() {
        const out = [];
        for (const key in this.#entries) {
          const { name, value } = this.#entries[key];
          if (Array.isArray(value)) for (const each of value) out.push(name, each);
          else out.push(name, value);
        }
        return out.length === 0 ? null : out;
      }

      removed() {
        const names = Object.keys(this.#removed);
        return names.length === 0 ? null : names;
      }
    }

    return { Headers, checkName, checkValue };
  });

  binding.define('cookies', () => {
    const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
    const VALUE = /^[^\x00-\x1f\x7f;]*$/;
    const SITES = { __proto__: null, lax: 'Lax', strict: 'Strict', none: 'None' };

    function part(label, value) {
      if (!VALUE.test(value)) throw new TypeError(`option ${label.toLowerCase()} is invalid`);
      return `; ${label}=${value}`;
    }

    function sameSite(value) {
      if (value === true) return '; SameSite=Strict';
      const found = SITES[String(value).toLowerCase()];
      if (found === undefined) throw new TypeError('option sameSite is invalid');
      return `; SameSite=${found}`;
    }

    function expiry({ maxAge, expires }) {
      if (maxAge !== undefined && maxAge !== null) {
        if (!Number.isFinite(Number(maxAge))) throw new TypeError('option maxAge is invalid');
        const date = new Date(Date.now() + Number(maxAge));
        return `; Max-Age=${Math.floor(Number(maxAge) / 1000)}; Expires=${date.toUTCString()}`;
      }
      return expires === undefined ? '' : `; Expires=${new Date(expires).toUTCString()}`;
    }

    /** A `Set-Cookie` value, options as in Express: maxAge in milliseconds, path `/`. */
    function serialize(name, value, options) {
      if (!NAME.test(name)) throw new TypeError('argument name is invalid');
      if (options.signed) throw new Error('cookieParser("secret") required for signed cookies');
      const text = typeof value === 'object' && value !== null ? `j:${JSON.stringify(value)}` : String(value);
      let out = `${name}=${(options.encode ?? encodeURIComponent)(text)}`;
      if (options.domain !== undefined) out += part('Domain', options.domain);
      out += part('Path', options.path ?? '/');
      out += expiry(options);
      if (options.httpOnly) out += '; HttpOnly';
      if (options.secure) out += '; Secure';
      if (options.partitioned) out += '; Partitioned';
      if (options.priority !== undefined) out += part('Priority', String(options.priority));
      if (options.sameSite) out += sameSite(options.sameSite);
      return out;
    }

    return { serialize };
  });
})
