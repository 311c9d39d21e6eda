(function mimePart(binding) {
  'use strict';

  binding.define('mime', () => {
    const TYPES = {
      __proto__: null,
      html: 'text/html', htm: 'text/html', txt: 'text/plain', text: 'text/plain', css: 'text/css',
      csv: 'text/csv', md: 'text/markdown', js: 'text/javascript', mjs: 'text/javascript',
      ics: 'text/calendar', vcf: 'text/vcard',
      json: 'application/json', map: 'application/json', jsonld: 'application/ld+json',
      xml: 'application/xml', xhtml: 'application/xhtml+xml', atom: 'application/atom+xml', rss: 'application/rss+xml',
      form: 'application/x-www-form-urlencoded', urlencoded: 'application/x-www-form-urlencoded',
      multipart: 'multipart/*', bin: 'application/octet-stream', pdf: 'application/pdf',
      zip: 'application/zip', gz: 'application/gzip', tar: 'application/x-tar', wasm: 'application/wasm',
      yaml: 'text/yaml', yml: 'text/yaml', webmanifest: 'application/manifest+json',
      ndjson: 'application/x-ndjson', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', svg: 'image/svg+xml',
      webp: 'image/webp', avif: 'image/avif', ico: 'image/x-icon', bmp: 'image/bmp', tiff: 'image/tiff',
      mp3: 'audio/mpeg', wav: 'audio/wav', ogg: 'audio/ogg', mp4: 'video/mp4', webm: 'video/webm',
      woff: 'font/woff', woff2: 'font/woff2', ttf: 'font/ttf', otf: 'font/otf',
    };
    // As the registry of media types has it: `application/xml` and `…+json` have none by nature.
    const WITH_CHARSET = /^(text\/|application\/(json|javascript|manifest\+json)\s*(;|$))/i;

    /** `json`, `.json` or `a.json` → `application/json`; undefined where it is not known. */
    function lookup(name) {
      return TYPES[String(name).slice(String(name).lastIndexOf('.') + 1).toLowerCase()];
    }

    /** A media type with its charset where it has one by nature and does not say another. */
    function withCharset(type) {
      return /;\s*charset\s*=/i.test(type) || !WITH_CHARSET.test(type) ? type : `${type}; charset=utf-8`;
    }

    /** What goes into `Content-Type` for a name, an extension or a media type. */
    function contentType(name) {
      return withCharset(name.includes('/') ? name : lookup(name) ?? 'application/octet-stream');
    }

    /**
     * Whether a media type is of a kind: `json`, `text/*`, `*\/json`, `+json`, `application/json`.
     * @returns {string | false} the type, or the kind as asked where that is a plain name
     */
    function matches(type, wanted) {
      const full = wanted.startsWith('+') ? `*/*${wanted}` : wanted.includes('/') ? wanted : lookup(wanted);
      if (full === undefined) return false;
      const [mainWanted, subWanted] = full.toLowerCase().split('/');
      const [main, sub = ''] = type.split('/');
      if (mainWanted !== '*' && mainWanted !== main) return false;
      if (subWanted.startsWith('*+') ? !sub.endsWith(subWanted.slice(1)) : subWanted !== '*' && subWanted !== sub) return false;
      return wanted.includes('*') || wanted.startsWith('+') ? type : wanted;
    }

    /**
     * The first of `wanted` that a content type is; the type itself where none is asked for.
     * @param {string | undefined} header
     * @param {string[]} wanted
     * @returns {string | false}
     */
    function typeIs(header, wanted) {
      const type = String(header ?? '').split(';')[0].trim().toLowerCase();
      if (!/^[^\s/]+\/[^\s/]+$/.test(type)) return false;
      if (wanted.length === 0) return type;
      for (const each of wanted) {
        const found = matches(type, each);
        if (found !== false) return found;
      }
      return false;
    }

    return { lookup, contentType, withCharset, typeIs };
  });

  binding.define('negotiation', () => {
    const { lookup } = binding.use('mime');

    /** `a;q=0.5, b` → [{value, q, order}], what is refused (`q=0`) included. */
    function parse(header) {
      return header.split(',').map((part, order) => {
        const [value, ...parameters] = part.split(';').map((each) => each.trim());
        const weight = parameters.find((each) => /^q=/i.test(each));
        const q = weight === undefined ? 1 : Number(weight.slice(2));
        return { value: value.toLowerCase(), q: q >= 0 && q <= 1 ? q : 0, order };
      }).filter((each) => each.value !== '');
    }

    /** How well an entry of the header fits an offer: 0 not at all, more is closer. */
    function fitType(entry, offer) {
      const [main, sub] = entry.split('/');
      const [offerMain, offerSub] = offer.split('/');
      if (main === '*' && sub === '*') return 1;
      if (main !== offerMain) return 0;
      return sub === '*' ? 2 : sub === offerSub ? 3 : 0;
    }

    function fitToken(entry, offer) {
      if (entry === '*') return 1;
      return entry === offer ? 3 : 0;
    }

    function fitLanguage(entry, offer) {
      const fit = fitToken(entry, offer);
      return fit > 0 ? fit : entry.split('-')[0] === offer.split('-')[0] ? 2 : 0;
    }

    /** The offer that the header likes most; false where it likes none. */
    function best(header, offers, fit, normal) {
      const entries = parse(header);
      let found = false;
      let rank = [0, 0, 0];
      for (const offer of offers) {
        const name = normal(offer);
        if (name === undefined) continue;
        let own = { fit: 0, q: 0, order: 0 };
        for (const entry of entries) {
          const closeness = fit(entry.value, name);
          if (closeness > own.fit) own = { fit: closeness, q: entry.q, order: entry.order };
        }
        const next = [own.q, own.fit, -own.order];
        if (own.q > 0 && (found === false || compare(next, rank) > 0)) {
          found = offer;
          rank = next;
        }
      }
      return found;
    }

    function compare(a, b) {
      for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
      return 0;
    }

    function all(header) {
      return parse(header).filter((each) => each.q > 0).sort((a, b) => b.q - a.q || a.order - b.order).map((each) => each.value);
    }

    /**
     * @param {string | undefined} header
     * @param {string[]} offers none: what the header accepts, best first
     * @returns {string | string[] | false}
     */
    function types(header, offers) {
      if (offers.length === 0) return header === undefined ? ['*/*'] : all(header);
      if (header === undefined) return offers[0];
      return best(header, offers, fitType, (offer) => (offer.includes('/') ? offer.toLowerCase() : lookup(offer)));
    }

    function tokens(header, offers, fit = fitToken) {
      if (offers.length === 0) return header === undefined ? ['*'] : all(header);
      return header === undefined ? offers[0] : best(header, offers, fit, (offer) => offer.toLowerCase());
    }

    function encodings(header, offers) {
      // What is not said about `identity` means that it will do (RFC 9110, section 12.5.3).
      if (header === undefined) return tokens('identity', offers);
      const said = /(^|,)\s*(identity|\*)\s*(;|,|$)/i.test(header);
      return tokens(said ? header : `${header},identity;q=0.001`, offers);
    }

    return { types, tokens, encodings, languages: (header, offers) => tokens(header, offers, fitLanguage) };
  });
})
