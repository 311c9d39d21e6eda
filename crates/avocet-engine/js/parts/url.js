(function urlPart(binding) {
  'use strict';

  const { ops, failure } = binding;

  binding.define('url', () => {
    // Where `url_parse` and `url_set` put each part.
    const PARTS = ['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];
    const SHOWN = [
      'href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname',
      'search', 'searchParams', 'hash',
    ];
    const HREF = 0;
    const SEARCH = 8;
    const ORIGIN = 10;

    function invalid(input, base) {
      const error = failure(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
      error.input = input;
      if (base !== null) error.base = base;
      return error;
    }

    class URL {
      #parts;
      #params = null;

      constructor(input, base = undefined) {
        if (arguments.length === 0) {
          throw failure(TypeError, 'ERR_MISSING_ARGS', 'The "url" argument must be specified');
        }
        const given = base === undefined ? null : `${base}`;
        const parts = ops.url_parse(`${input}`, given);
        if (parts === null) throw invalid(`${input}`, given);
        this.#parts = parts;
      }

      static canParse(input, base = undefined) {
        return ops.url_parse(`${input}`, base === undefined ? null : `${base}`) !== null;
      }

      static part(url, index) { return url.#parts[index]; }

      static change(url, index, value) {
        const parts = ops.url_set(url.#parts[HREF], PARTS[index], `${value}`);
        if (parts === null) {
          if (index === HREF) throw invalid(`${value}`, null);
          return;
        }
        const before = url.#parts[SEARCH];
        url.#parts = parts;
        if (url.#params !== null && before !== parts[SEARCH]) url.#bindParams();
      }

      get origin() { return this.#parts[ORIGIN]; }

      get searchParams() {
        if (this.#params === null) {
          this.#params = new (binding.use('url-search-params').URLSearchParams)();
          this.#bindParams();
        }
        return this.#params;
      }

      #bindParams() {
        binding.use('url-search-params').bind(this.#params, this.#parts[SEARCH].slice(1), (query) => {
          this.#parts = ops.url_set(this.#parts[HREF], 'search', query) ?? this.#parts;
        });
      }

      toString() { return this.#parts[HREF]; }

      toJSON() { return this.#parts[HREF]; }

      [binding.inspect.custom](depth, options, inspect) {
        const shown = {};
        for (const name of SHOWN) shown[name] = this[name];
        return `URL ${inspect(shown, { ...options, compact: false })}`;
      }

      get [Symbol.toStringTag]() { return 'URL'; }
    }

    const { part, change } = URL;
    delete URL.part;
    delete URL.change;
    PARTS.forEach((name, index) => {
      Object.defineProperty(URL.prototype, name, {
        configurable: true,
        enumerable: true,
        get() { return part(this, index); },
        set(value) { change(this, index, value); },
      });
    });

    return { URL };
  });

  /** The built-in module `url`. */
  binding.define('node:url', () => {
    const { URL } = binding.use('url');

    function urlToHttpOptions(url) {
      return {
        protocol: url.protocol, hostname: url.hostname, hash: url.hash, search: url.search,
        pathname: url.pathname, path: `${url.pathname}${url.search}`, href: url.href,
        ...(url.port === '' ? {} : { port: Number(url.port) }),
      };
    }

    /** The older interface: an object of the parts, null where absent; relative input allowed. */
    function parse(input, parseQuery = false) {
      const text = String(input).trim();
      const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*:))?(?:(\/\/)(?:([^@/?#]*)@)?([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(text);
      const [, protocol, slashes, auth, host, pathname, search, hash] = match;
      const port = /:(\d+)$/.exec(host ?? '');
      const path = pathname || (host === undefined ? null : '/');
      return {
        protocol: protocol?.toLowerCase() ?? null,
        slashes: slashes === undefined ? null : true,
        auth: auth === undefined ? null : decodeURIComponent(auth),
        host: host?.toLowerCase() ?? null,
        port: port?.[1] ?? null,
        hostname: host === undefined ? null : host.toLowerCase().replace(/:\d+$/, ''),
        hash: hash ?? null,
        search: search ?? (parseQuery ? '' : null),
        query: parseQuery ? binding.use('node:querystring').parse((search ?? '').slice(1)) : search?.slice(1) ?? null,
        pathname: path,
        path: search === undefined ? path : `${path ?? ''}${search}`,
        href: text,
      };
    }

    function format(value) {
      if (typeof value === 'string') return parse(value).href;
      if (value instanceof URL) return value.href;
      const protocol = value.protocol ? `${value.protocol.replace(/:?$/, ':')}` : '';
      const host = value.host ?? (value.hostname ? `${value.hostname}${value.port ? `:${value.port}` : ''}` : '');
      const slashes = value.slashes || host !== '' ? '//' : '';
      const auth = value.auth ? `${encodeURIComponent(value.auth).replace('%3A', ':')}@` : '';
      const query = value.query && typeof value.query === 'object' ? binding.use('node:querystring').stringify(value.query) : '';
      const search = value.search ?? (query === '' ? '' : `?${query}`);
      const hash = value.hash ? value.hash.replace(/^#?/, '#') : '';
      return `${protocol}${slashes}${auth}${host}${value.pathname ?? ''}${search && search.replace(/^\??/, '?')}${hash}`;
    }

    function resolve(from, to) {
      const base = new URL(from, 'resolve://');
      const url = new URL(to, base);
      return url.protocol === 'resolve:' ? `${url.pathname}${url.search}${url.hash}` : url.href;
    }

    return {
      URL,
      get URLSearchParams() { return binding.use('url-search-params').URLSearchParams; },
      parse, format, resolve, urlToHttpOptions,
      fileURLToPath: (url) => decodeURIComponent(new URL(url).pathname),
      pathToFileURL: (path) => new URL(`file://${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`),
      domainToASCII: (domain) => ops.url_parse(`http://${domain}`, null)?.[5] ?? '',
    };
  });
})
