(function base64Part(binding) {
  'use strict';

  const { ops } = binding;

  binding.define('base64', () => {
    const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const URL_SAFE = `${STANDARD.slice(0, 62)}-_`;
    const VALUES = new Uint8Array(256).fill(64);
    for (let i = 0; i < 64; i++) {
      VALUES[STANDARD.charCodeAt(i)] = i;
      VALUES[URL_SAFE.charCodeAt(i)] = i;
    }
    const tables = { __proto__: null };

    /** Character codes of one alphabet. */
    function codes(alphabet) {
      return (tables[alphabet] ??= Uint8Array.from(alphabet, (c) => c.charCodeAt(0)));
    }

    /**
     * @param {Uint8Array} bytes
     * @param {boolean} [urlSafe] the alphabet of RFC 4648, section 5, without padding
     * @returns {string}
     */
    function encode(bytes, urlSafe = false) {
      const table = codes(urlSafe ? URL_SAFE : STANDARD);
      const { length } = bytes;
      const full = length - length % 3;
      const tail = length - full;
      const out = new Uint8Array(full / 3 * 4 + (tail === 0 ? 0 : urlSafe ? tail + 1 : 4));
      let at = 0;
      for (let i = 0; i < full; i += 3) {
        const word = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
        out[at++] = table[word >> 18];
        out[at++] = table[word >> 12 & 63];
        out[at++] = table[word >> 6 & 63];
        out[at++] = table[word & 63];
      }
      if (tail > 0) {
        const word = bytes[full] << 16 | (tail === 2 ? bytes[full + 1] << 8 : 0);
        out[at++] = table[word >> 18];
        out[at++] = table[word >> 12 & 63];
        if (tail === 2) out[at++] = table[word >> 6 & 63];
        out.fill(61, at);
      }
      return ops.latin1_decode(out);
    }

    /**
     * Forgiving, as Node's Buffer is: both alphabets, anything else skipped, ends at padding.
     * @param {string} text
     * @returns {Uint8Array}
     */
    function decode(text) {
      const out = new Uint8Array(Math.ceil(text.length * 3 / 4));
      let at = 0;
      let word = 0;
      let bits = 0;
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code === 61) break;
        const value = code < 256 ? VALUES[code] : 64;
        if (value === 64) continue;
        word = word << 6 | value;
        bits += 6;
        if (bits >= 8) {
          bits -= 8;
          out[at++] = word >> bits & 255;
        }
      }
      return out.subarray(0, at);
    }

    function invalid(message) {
      return new (binding.use('dom-exception').DOMException)(message, 'InvalidCharacterError');
    }

    function btoa(text) {
      if (arguments.length === 0) throw new TypeError('1 argument required, but only 0 present.');
      const source = `${text}`;
      const bytes = new Uint8Array(source.length);
      for (let i = 0; i < source.length; i++) {
        const code = source.charCodeAt(i);
        if (code > 255) throw invalid('The string to be encoded contains characters outside of the Latin1 range.');
        bytes[i] = code;
      }
      return encode(bytes);
    }

    /** HTML, section 8.3: stricter than Buffer. */
    function atob(text) {
      if (arguments.length === 0) throw new TypeError('1 argument required, but only 0 present.');
      let source = `${text}`.replace(/[\t\n\f\r ]/g, '');
      if (source.length % 4 === 0) source = source.replace(/={1,2}$/, '');
      if (source.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(source)) {
        throw invalid('The string to be decoded is not correctly encoded.');
      }
      return ops.latin1_decode(decode(source));
    }

    return { encode, decode, atob, btoa };
  });
})
