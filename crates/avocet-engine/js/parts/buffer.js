(function bufferPart(binding) {
  'use strict';

  const { ops, failure, wrongType } = binding;

  binding.define('buffer', () => {
    const base64 = binding.use('base64');
    const CUSTOM = binding.inspect.custom;
    const ENCODINGS = {
      __proto__: null, utf8: 'utf8', 'utf-8': 'utf8', hex: 'hex', base64: 'base64',
      base64url: 'base64url', latin1: 'latin1', binary: 'latin1', ascii: 'ascii',
      utf16le: 'utf16le', 'utf-16le': 'utf16le', ucs2: 'utf16le', 'ucs-2': 'utf16le',
    };

    function encodingOf(name) {
      if (name === undefined || name === null || name === '') return 'utf8';
      const found = ENCODINGS[name] ?? ENCODINGS[String(name).toLowerCase()];
      if (found === undefined) throw failure(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${name}`);
      return found;
    }

    function encodeHex(text) {
      const out = new Uint8Array(text.length >> 1);
      for (let i = 0; i < out.length; i++) {
        const pair = text.slice(2 * i, 2 * i + 2);
        if (!/^[0-9a-fA-F]{2}$/.test(pair)) return out.subarray(0, i);
        out[i] = Number.parseInt(pair, 16);
      }
      return out;
    }

    function encodeUnits(text, width) {
      const out = new Uint8Array(text.length * width);
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        out[i * width] = code;
        if (width === 2) out[i * 2 + 1] = code >> 8;
      }
      return out;
    }

    /** The bytes of a text in an encoding. */
    function encode(text, encoding) {
      switch (encodingOf(encoding)) {
        case 'utf8': return new Uint8Array(ops.utf8_encode(text));
        case 'hex': return encodeHex(text);
        case 'base64': case 'base64url': return base64.decode(text);
        case 'utf16le': return encodeUnits(text, 2);
        default: return encodeUnits(text, 1);
      }
    }

    const HEX = [];

    function decodeHex(bytes) {
      if (HEX.length === 0) for (let i = 0; i < 256; i++) HEX.push(i.toString(16).padStart(2, '0'));
      let text = '';
      for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i]];
      return text;
    }

    function decodeUnits(bytes) {
      let text = '';
      for (let i = 0; i + 1 < bytes.length; i += 2) text += String.fromCharCode(bytes[i] | bytes[i + 1] << 8);
      return text;
    }

    function decode(bytes, encoding) {
      switch (encoding) {
        case 'utf8': return ops.utf8_decode(bytes, false);
        case 'hex': return decodeHex(bytes);
        case 'base64': return base64.encode(bytes, false);
        case 'base64url': return base64.encode(bytes, true);
        case 'utf16le': return decodeUnits(bytes);
        case 'ascii': return ops.latin1_decode(Uint8Array.prototype.map.call(bytes, (b) => b & 127));
        default: return ops.latin1_decode(bytes);
      }
    }

    function asBuffer(view) {
      return new FastBuffer(view.buffer, view.byteOffset, view.byteLength);
    }

    function checkSize(size) {
      if (typeof size !== 'number') throw wrongType('size', 'of type number', size);
      if (!(size >= 0 && size <= 2 ** 32)) {
        throw failure(RangeError, 'ERR_OUT_OF_RANGE', `The value of "size" is out of range. Received ${size}`);
      }
    }

    function clamp(value, length, fallback) {
      if (value === undefined) return fallback;
      let at = Math.trunc(Number(value)) || 0;
      if (at < 0) at += length;
      return Math.min(Math.max(at, 0), length);
    }

    class FastBuffer extends Uint8Array {
      static get [Symbol.species]() { return FastBuffer; }
    }

    // `Buffer` is callable without `new`, which a class is not.
    function Buffer(value, encodingOrOffset, length) {
      return typeof value === 'number' ? Buffer.alloc(value) : Buffer.from(value, encodingOrOffset, length);
    }
    Object.setPrototypeOf(Buffer, Uint8Array);
    Buffer.prototype = FastBuffer.prototype;
    binding.put(FastBuffer.prototype, 'constructor', Buffer);
    Object.defineProperty(Buffer, Symbol.species, { get: () => FastBuffer, configurable: true });

    const statics = {
      poolSize: 8192,
      from(value, encodingOrOffset, length) {
        if (typeof value === 'string') return asBuffer(encode(value, encodingOrOffset));
        if (typeof value === 'object' && value !== null) {
          if (value instanceof ArrayBuffer || (typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer)) {
            return new FastBuffer(value, encodingOrOffset, length);
          }
          if (ArrayBuffer.isView(value)) return copyOf(value);
          const primitive = value.valueOf?.();
          if (primitive !== value && primitive !== null && primitive !== undefined) {
            return Buffer.from(primitive, encodingOrOffset, length);
          }
          if (value.type === 'Buffer' && Array.isArray(value.data)) return copyOf(value.data);
          if (typeof value.length === 'number') return copyOf(value);
          const text = value[Symbol.toPrimitive]?.('string');
          if (typeof text === 'string') return Buffer.from(text, encodingOrOffset);
        }
        throw wrongType('first', 'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', value);
      },
      of(...bytes) { return copyOf(bytes); },
      alloc(size, fill, encoding) {
        checkSize(size);
        const buffer = new FastBuffer(size);
        return fill === undefined || fill === 0 ? buffer : buffer.fill(fill, encoding);
      },
      allocUnsafe(size) { return Buffer.alloc(size); },
      allocUnsafeSlow(size) { return Buffer.alloc(size); },
      isBuffer(value) { return value instanceof FastBuffer; },
      isEncoding(name) {
        return typeof name === 'string' && ENCODINGS[name.toLowerCase()] !== undefined;
      },
      byteLength(value, encoding) {
        if (typeof value === 'string') return encode(value, encoding).length;
        if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
        throw wrongType('string', 'of type string or an instance of Buffer or ArrayBuffer', value);
      },
      compare(a, b) { return Buffer.from(binding.bytesOf(a, 'buf1')).compare(b); },
      concat(list, total) {
        if (!Array.isArray(list)) throw wrongType('list', 'an instance of Array', list);
        const length = total ?? list.reduce((sum, each) => sum + each.length, 0);
        const out = Buffer.alloc(length);
        let at = 0;
        for (const each of list) {
          if (!(each instanceof Uint8Array)) throw wrongType('list[i]', 'an instance of Buffer or Uint8Array', each);
          if (at >= length) break;
          out.set(at + each.length > length ? each.subarray(0, length - at) : each, at);
          at += each.length;
        }
        return out;
      },
    };
    for (const name in statics) binding.put(Buffer, name, statics[name]);

    function copyOf(values) {
      const out = new FastBuffer(values.length);
      for (let i = 0; i < values.length; i++) out[i] = values[i];
      return out;
    }

    /** What to look for, as bytes; a number is itself. */
    function needle(value, encoding) {
      if (typeof value === 'string') return encode(value, encoding);
      if (typeof value === 'number') return Uint8Array.of(value);
      if (value instanceof Uint8Array) return value;
      throw wrongType('value', 'one of type number or string or an instance of Buffer or Uint8Array', value);
    }

    function matches(bytes, wanted, at) {
      for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
      return true;
    }

    const methods = {
      toString(encoding, start, end) {
        const from = clamp(start, this.length, 0);
        const to = clamp(end, this.length, this.length);
        if (to <= from) return '';
        const whole = from === 0 && to === this.length;
        return decode(whole ? this : this.subarray(from, to), encodingOf(encoding));
      },
      toLocaleString(...args) { return this.toString(...args); },
      toJSON() { return { type: 'Buffer', data: Array.from(this) }; },
      equals(other) {
        if (!(other instanceof Uint8Array)) throw wrongType('otherBuffer', 'an instance of Buffer or Uint8Array', other);
        return this.length === other.length && matches(this, other, 0);
      },
      compare(other, targetStart = 0, targetEnd = other.length, start = 0, end = this.length) {
        if (!(other instanceof Uint8Array)) throw wrongType('target', 'an instance of Buffer or Uint8Array', other);
        const a = this.subarray(start, end);
        const b = other.subarray(targetStart, targetEnd);
        for (let i = 0; i < Math.min(a.length, b.length); i++) {
          if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
        }
        return Math.sign(a.length - b.length);
      },
      slice(start, end) {
        const from = clamp(start, this.length, 0);
        const to = clamp(end, this.length, this.length);
        return new FastBuffer(this.buffer, this.byteOffset + from, Math.max(to - from, 0));
      },
      subarray(start, end) { return methods.slice.call(this, start, end); },
      copy(target, targetStart = 0, start = 0, end = this.length) {
        const room = Math.max(target.length - targetStart, 0);
        const part = this.subarray(start, Math.min(end, start + room));
        target.set(part, Math.min(targetStart, target.length));
        return part.length;
      },
      write(text, offset, length, encoding) {
        if (typeof offset === 'string') return methods.write.call(this, text, 0, undefined, offset);
        if (typeof length === 'string') return methods.write.call(this, text, offset, undefined, length);
        const at = offset ?? 0;
        const room = Math.min(length ?? Infinity, this.length - at);
        let bytes = encode(String(text), encoding);
        if (bytes.length > room) bytes = bytes.subarray(0, encodingOf(encoding) === 'utf8' ? wholeCharacters(bytes, room) : room);
        this.set(bytes, at);
        return bytes.length;
      },
      fill(value, offset, end, encoding) {
        if (typeof offset === 'string') return methods.fill.call(this, value, 0, undefined, offset);
        if (typeof end === 'string') return methods.fill.call(this, value, offset, undefined, end);
        const from = offset ?? 0;
        const to = end ?? this.length;
        if (typeof value === 'number' || typeof value === 'boolean') return Uint8Array.prototype.fill.call(this, value, from, to);
        const pattern = needle(value, encoding);
        for (let i = from; i < to; i++) this[i] = pattern.length === 0 ? 0 : pattern[(i - from) % pattern.length];
        return this;
      },
      indexOf(value, offset, encoding) {
        if (typeof offset === 'string') return methods.indexOf.call(this, value, 0, offset);
        const wanted = needle(value, encoding);
        for (let at = clamp(offset, this.length, 0); at <= this.length - wanted.length; at++) {
          if (matches(this, wanted, at)) return at;
        }
        return -1;
      },
      lastIndexOf(value, offset, encoding) {
        if (typeof offset === 'string') return methods.lastIndexOf.call(this, value, undefined, offset);
        const wanted = needle(value, encoding);
        for (let at = Math.min(clamp(offset, this.length, this.length), this.length - wanted.length); at >= 0; at--) {
          if (matches(this, wanted, at)) return at;
        }
        return -1;
      },
      includes(value, offset, encoding) { return this.indexOf(value, offset, encoding) !== -1; },
      swap16() { return swap(this, 2); },
      swap32() { return swap(this, 4); },
      swap64() { return swap(this, 8); },
      [CUSTOM]() {
        const text = binding.use('inspect-objects').bytesText(this, 50);
        return `<Buffer${text === '' ? '' : ` ${text}`}>`;
      },
    };
    for (const name of Reflect.ownKeys(methods)) binding.put(FastBuffer.prototype, name, methods[name]);
    for (const [alias, key] of [['parent', 'buffer'], ['offset', 'byteOffset']]) {
      Object.defineProperty(FastBuffer.prototype, alias, { configurable: true, get() { return this[key]; } });
    }

    /** How many of the first `room` bytes do not cut a character. */
    function wholeCharacters(bytes, room) {
      let at = room;
      while (at > 0 && (bytes[at] & 0xc0) === 0x80) at--;
      return at;
    }

    function swap(buffer, width) {
      if (buffer.length % width !== 0) {
        throw failure(RangeError, 'ERR_INVALID_BUFFER_SIZE', `Buffer size must be a multiple of ${width * 8}-bits`);
      }
      for (let i = 0; i < buffer.length; i += width) buffer.subarray(i, i + width).reverse();
      return buffer;
    }

    binding.use('buffer-numbers').install(FastBuffer.prototype);
    return {
      Buffer, encode,
      kMaxLength: 2 ** 32, constants: { MAX_LENGTH: 2 ** 32, MAX_STRING_LENGTH: 2 ** 29 - 24 },
      get atob() { return base64.atob; },
      get btoa() { return base64.btoa; },
    };
  });
})
