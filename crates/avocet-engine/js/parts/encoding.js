(function encodingPart(binding) {
  'use strict';

  const { ops, failure } = binding;

  binding.define('text-encoding', () => {
    const { bytesOf } = binding;

    class TextEncoder {
      get encoding() { return 'utf-8'; }

      encode(text = '') { return new Uint8Array(ops.utf8_encode(`${text}`)); }

      encodeInto(text, target) {
        const source = `${text}`;
        let read = 0;
        let written = 0;
        for (const char of source) {
          const code = char.codePointAt(0);
          const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
          if (written + size > target.length) break;
          written += size;
          read += char.length;
        }
        target.set(new Uint8Array(ops.utf8_encode(source.slice(0, read))));
        return { read, written };
      }

      get [Symbol.toStringTag]() { return 'TextEncoder'; }
    }

    const LABELS = {
      __proto__: null, 'utf-8': 'utf-8', utf8: 'utf-8', 'unicode-1-1-utf-8': 'utf-8',
      'utf-16le': 'utf-16le', 'utf-16': 'utf-16le', ucs2: 'utf-16le', 'ucs-2': 'utf-16le',
      latin1: 'windows-1252', ascii: 'windows-1252', 'us-ascii': 'windows-1252',
      'iso-8859-1': 'windows-1252', iso88591: 'windows-1252', 'windows-1252': 'windows-1252',
    };
    // Where windows-1252 differs from Latin-1: the characters of bytes 0x80 to 0x9f.
    const WINDOWS = '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f'
      + '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

    /** Bytes at the end of `bytes` that begin a character without ending it. */
    function unfinishedUtf8(bytes) {
      for (let back = 1; back <= Math.min(3, bytes.length); back++) {
        const byte = bytes[bytes.length - back];
        if ((byte & 0xc0) === 0x80) continue;
        const need = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
        if (need <= back || byte >= 0xf5) return 0;
        return canContinue(bytes, bytes.length - back) ? back : 0;
      }
      return 0;
    }

    /** Whether the second byte, where it is there, is one that may follow the first. */
    function canContinue(bytes, at) {
      if (at + 1 >= bytes.length) return true;
      const [first, second] = [bytes[at], bytes[at + 1]];
      if (first === 0xe0) return second >= 0xa0;
      if (first === 0xed) return second < 0xa0;
      if (first === 0xf0) return second >= 0x90;
      if (first === 0xf4) return second < 0x90;
      return true;
    }

    function decodeUtf16(bytes, fatal) {
      const units = bytes.length >> 1;
      let text = '';
      for (let start = 0; start < units; start += 4096) {
        const codes = [];
        for (let i = start; i < Math.min(start + 4096, units); i++) codes.push(bytes[2 * i] | bytes[2 * i + 1] << 8);
        text += String.fromCharCode.apply(null, codes);
      }
      if (bytes.length % 2 === 1) text += '\ud800';
      const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
      if (fatal && lone.test(text)) return null;
      return text.replace(lone, '\ufffd');
    }

    function decodeWindows(bytes) {
      const text = ops.latin1_decode(bytes);
      return text.replace(/[\x80-\x9f]/g, (c) => WINDOWS[c.charCodeAt(0) - 0x80]);
    }

    function join(first, second) {
      const all = new Uint8Array(first.length + second.length);
      all.set(first);
      all.set(second, first.length);
      return all;
    }

    class TextDecoder {
      #encoding;
      #fatal;
      #ignoreBOM;
      #rest = null;
      #begun = false;

      constructor(label = 'utf-8', options = undefined) {
        const encoding = LABELS[`${label}`.trim().toLowerCase()];
        if (encoding === undefined) {
          throw failure(RangeError, 'ERR_ENCODING_NOT_SUPPORTED', `The "${label}" encoding is not supported`);
        }
        this.#encoding = encoding;
        this.#fatal = Boolean(options?.fatal);
        this.#ignoreBOM = Boolean(options?.ignoreBOM);
      }

      get encoding() { return this.#encoding; }

      get fatal() { return this.#fatal; }

      get ignoreBOM() { return this.#ignoreBOM; }

      decode(input, options = undefined) {
        let bytes = input === undefined ? new Uint8Array(0) : bytesOf(input);
        const stream = Boolean(options?.stream);
        if (this.#rest !== null) bytes = join(this.#rest, bytes);
        this.#rest = null;
        if (stream) bytes = this.#keepUnfinished(bytes);
        let text = this.#decodeAll(bytes);
        if (text === null) {
          this.#begun = false;
          throw failure(TypeError, 'ERR_ENCODING_INVALID_ENCODED_DATA',
            `The encoded data was not valid for encoding ${this.#encoding}`);
        }
        if (!this.#begun && !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
        this.#begun = stream && (this.#begun || bytes.length > 0);
        return text;
      }

      #keepUnfinished(bytes) {
        let keep = 0;
        if (this.#encoding === 'utf-8') keep = unfinishedUtf8(bytes);
        else if (this.#encoding === 'utf-16le') keep = unfinishedUtf16(bytes);
        if (keep === 0) return bytes;
        this.#rest = bytes.slice(bytes.length - keep);
        return bytes.subarray(0, bytes.length - keep);
      }

      #decodeAll(bytes) {
        if (this.#encoding === 'utf-8') return ops.utf8_decode(bytes, this.#fatal);
        if (this.#encoding === 'utf-16le') return decodeUtf16(bytes, this.#fatal);
        return decodeWindows(bytes);
      }

      get [Symbol.toStringTag]() { return 'TextDecoder'; }
    }

    function unfinishedUtf16(bytes) {
      const odd = bytes.length % 2;
      const last = bytes[bytes.length - odd - 1];
      return last >= 0xd8 && last < 0xdc && bytes.length - odd >= 2 ? odd + 2 : odd;
    }

    return { TextEncoder, TextDecoder };
  });
})
