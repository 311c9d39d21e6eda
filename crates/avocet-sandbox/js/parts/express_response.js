(function expressResponsePart(binding) {
  'use strict';

  binding.define('express-response', () => {
    const mime = binding.use('mime');
    let reasons;

    function escapeHtml(text) {
      return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
    }

    /** Percent-encodes what a URL in a header cannot hold and leaves what is encoded already. */
    function encodeUrl(url) {
      return encodeURI(String(url)).replace(/%25([0-9a-fA-F]{2})/g, '%$1').replace(/%5B/gi, '[').replace(/%5D/gi, ']');
    }

    function withUtf8(type) {
      const charset = /;\s*charset\s*=\s*[^;]*/i;
      return charset.test(type) ? type.replace(charset, '; charset=utf-8') : `${type}; charset=utf-8`;
    }

    const methods = {
      status(code) {
        if (!Number.isInteger(code)) {
          throw new TypeError(`Invalid status code: ${JSON.stringify(code)}. Status code must be an integer.`);
        }
        if (code < 100 || code > 999) {
          throw new RangeError(`Invalid status code: ${code}. Status code must be greater than 99 and less than 1000.`);
        }
        this.statusCode = code;
        return this;
      },

      sendStatus(code) {
        return this.status(code).type('txt').send(reasons[code] ?? String(code));
      },

      set(name, value) {
        if (arguments.length === 2) {
          const given = Array.isArray(value) ? value.map(String) : String(value);
          if (String(name).toLowerCase() !== 'content-type') return this.setHeader(name, given);
          if (Array.isArray(given)) throw new TypeError('Content-Type cannot be set to an Array');
          return this.setHeader(name, mime.withCharset(given));
        }
        for (const key of Object.keys(name)) this.set(key, name[key]);
        return this;
      },

      header(...given) { return this.set(...given); },

      get(name) { return this.getHeader(name); },

      append(name, value) { return this.appendHeader(name, value); },

      type(type) { return this.set('Content-Type', mime.contentType(String(type))); },

      contentType(type) { return this.type(type); },

      vary(fields) {
        const before = String(this.getHeader('Vary') ?? '').split(',').map((each) => each.trim()).filter(Boolean);
        for (const field of [fields].flat()) {
          if (!before.some((each) => each.toLowerCase() === field.toLowerCase())) before.push(field);
        }
        return this.setHeader('Vary', before.includes('*') ? '*' : before.join(', '));
      },

      links(links) {
        const list = Object.keys(links).flatMap((rel) => [links[rel]].flat().map((url) => `<${url}>; rel="${rel}"`));
        const before = this.getHeader('Link');
        return this.setHeader('Link', (before === undefined ? [] : [before]).concat(list).join(', '));
      },

      location(url) { return this.setHeader('Location', encodeUrl(url)); },

      redirect(first, second) {
        const [code, url] = typeof first === 'number' ? [first, second] : [302, first];
        this.location(url).vary('Accept');
        const address = this.getHeader('Location');
        const text = `${reasons[code] ?? code}. Redirecting to `;
        this.status(code);
        if (this.req.accepts('text', 'html') === 'html') {
          return this.type('html').end(`<p>${text}${escapeHtml(address)}</p>`);
        }
        return this.type('txt').end(text + address);
      },

      send(body) {
        const { statusCode } = this;
        if (statusCode >= 200 && statusCode < 300 && this.req.fresh) this.status(304);
        if (body === undefined || body === null) return this.end();
        if (typeof body === 'string') {
          const type = this.getHeader('Content-Type');
          this.setHeader('Content-Type', type === undefined ? 'text/html; charset=utf-8' : withUtf8(String(type)));
          return this.end(body);
        }
        if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) {
          if (!this.hasHeader('Content-Type')) this.type('bin');
          else this.setHeader('Content-Type', this.getHeader('Content-Type'));
          return this.end(body);
        }
        return this.json(body);
      },

      json(value) {
        const text = JSON.stringify(value);
        this.setHeader('Content-Type', withUtf8(String(this.getHeader('Content-Type') ?? 'application/json')));
        return this.end(text ?? '');
      },

      jsonp(value) {
        const name = [this.req.query.callback].flat()[0];
        if (typeof name !== 'string' || name === '') return this.json(value);
        const callback = name.replace(/[^[\]\w$.]/g, '');
        const text = JSON.stringify(value)?.replace(/\u2028/g, '\\u2028').replace(/\u2029/g, '\\u2029') ?? '';
        this.setHeader('X-Content-Type-Options', 'nosniff').setHeader('Content-Type', 'text/javascript; charset=utf-8');
        return this.end(`/**/ typeof ${callback} === 'function' && ${callback}(${text});`);
      },

      cookie(name, value, options) {
        return this.append('Set-Cookie', binding.use('cookies').serialize(name, value, { ...options }));
      },

      clearCookie(name, options) {
        return this.cookie(name, '', { path: '/', ...options, maxAge: undefined, expires: new Date(1) });
      },

      attachment(name) {
        if (name === undefined) return this.setHeader('Content-Disposition', 'attachment');
        const base = String(name).split('/').at(-1);
        if (base.includes('.')) this.type(mime.lookup(base) ?? 'bin');
        const ascii = base.replace(/[^\x20-\x7e]/g, '?');
        let value = `attachment; filename="${ascii.replace(/["\\]/g, '\\$&')}"`;
        if (ascii !== base) value += `; filename*=UTF-8''${encodeURIComponent(base)}`;
        return this.setHeader('Content-Disposition', value);
      },

      format(choices) {
        const kinds = Object.keys(choices).filter((key) => key !== 'default');
        const kind = kinds.length > 0 && this.req.accepts(kinds);
        this.vary('Accept');
        if (kind) {
          this.type(kind);
          choices[kind](this.req, this);
        } else if (choices.default !== undefined) {
          choices.default(this.req, this);
        } else {
          this.status(406).type('txt').send('Not Acceptable');
        }
        return this;
      },
    };

    /**
     * Puts Express's methods on a prototype that has Node's.
     * @param {object} prototype
     * @param {Record<number, string>} texts reason phrases by status
     */
    function install(prototype, texts) {
      reasons = texts;
      for (const name in methods) binding.put(prototype, name, methods[name]);
    }

    return { install };
  });
})
