(function cryptoPart(binding) {
  'use strict';

  const { ops, failure, bytesOf } = binding;

  binding.define('crypto', () => {
    const INTEGER_VIEWS = [
      Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
      BigInt64Array, BigUint64Array,
    ];
    const pool = new Uint8Array(1024);
    let used = pool.length;
    const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

    /** The next `count` (≤ 64) strong random bytes, out of a pool that is filled now and then. */
    function take(count) {
      if (used + count > pool.length) {
        ops.random_fill(pool);
        used = 0;
      }
      const start = used;
      used += count;
      return start;
    }

    /** Lower-case hexadecimal digits of `count` random bytes. */
    function randomHex(count) {
      const start = take(count);
      let text = '';
      for (let i = start; i < start + count; i++) text += HEX[pool[i]];
      pool.fill(0, start, start + count);
      return text;
    }

    function randomUUID() {
      const h = randomHex(16);
      const variant = HEX[Number.parseInt(h.slice(16, 18), 16) & 0x3f | 0x80];
      return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-${variant}${h.slice(18, 20)}-${h.slice(20)}`;
    }

    function domError(message, name) {
      return new (binding.use('dom-exception').DOMException)(message, name);
    }

    function getRandomValues(view) {
      if (!INTEGER_VIEWS.some((Type) => view instanceof Type)) {
        throw domError('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
      }
      if (view.byteLength > 65536) {
        throw domError(`The requested length of ${view.byteLength} bytes exceeds 65,536 bytes`, 'QuotaExceededError');
      }
      ops.random_fill(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      return view;
    }

    const ALGORITHMS = { __proto__: null, 'sha-1': 'sha1', 'sha-256': 'sha256', 'sha-384': 'sha384', 'sha-512': 'sha512' };

    const subtle = {
      async digest(algorithm, data) {
        const name = String(typeof algorithm === 'string' ? algorithm : algorithm?.name);
        const found = ALGORITHMS[name.toLowerCase()];
        if (found === undefined) throw domError(`Unrecognized algorithm name: ${name}`, 'NotSupportedError');
        return ops.digest(found, bytesOf(data, 'data'));
      },
    };
    Object.defineProperty(subtle, Symbol.toStringTag, { value: 'SubtleCrypto' });
    const crypto = { subtle, getRandomValues, randomUUID };
    Object.defineProperty(crypto, Symbol.toStringTag, { value: 'Crypto' });
    return { crypto, randomHex, randomUUID, getRandomValues };
  });

  /** The built-in module `crypto`. */
  binding.define('node:crypto', () => {
    const { crypto, randomUUID, getRandomValues } = binding.use('crypto');
    const { Buffer } = binding.use('buffer');
    const HASHES = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'];
    const BLOCK = { __proto__: null, md5: 64, sha1: 64, sha256: 64, sha384: 128, sha512: 128 };

    function hashName(name) {
      const found = String(name).toLowerCase().replace('sha-', 'sha');
      if (!HASHES.includes(found)) {
        throw failure(Error, 'ERR_OSSL_EVP_UNSUPPORTED', `Digest method ${name} is not supported; known: ${HASHES.join(', ')}`);
      }
      return found;
    }

    function toBytes(data, encoding) {
      return typeof data === 'string' ? Buffer.from(data, encoding) : bytesOf(data, 'data');
    }

    function digest(algorithm, ...parts) {
      return Buffer.from(ops.digest(algorithm, Buffer.concat(parts)));
    }

    /** Collects what it is given; the digest is made at once at the end. */
    class Hash {
      #algorithm;
      #parts;
      #done = false;

      constructor(algorithm, parts = []) {
        this.#algorithm = hashName(algorithm);
        this.#parts = parts;
      }

      update(data, encoding) {
        if (this.#done) throw failure(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
        this.#parts.push(Buffer.from(toBytes(data, encoding)));
        return this;
      }

      copy() { return new Hash(this.#algorithm, [...this.#parts]); }

      digest(encoding) {
        if (this.#done) throw failure(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
        this.#done = true;
        const result = this._finish(digest(this.#algorithm, ...this.#parts));
        return encoding === undefined || encoding === 'buffer' ? result : result.toString(encoding);
      }

      _finish(result) { return result; }
    }

    /** RFC 2104. */
    class Hmac extends Hash {
      #outer;
      #algorithm;

      constructor(algorithm, key) {
        const name = hashName(algorithm);
        let secret = Buffer.from(toBytes(key));
        if (secret.length > BLOCK[name]) secret = digest(name, secret);
        const padded = Buffer.alloc(BLOCK[name]);
        secret.copy(padded);
        super(name, [padded.map((byte) => byte ^ 0x36)]);
        this.#algorithm = name;
        this.#outer = padded.map((byte) => byte ^ 0x5c);
      }

      _finish(inner) { return digest(this.#algorithm, this.#outer, inner); }
    }

    function randomBytes(size, callback) {
      const bytes = Buffer.alloc(size);
      ops.random_fill(bytes);
      if (callback === undefined) return bytes;
      queueMicrotask(() => callback(null, bytes));
      return undefined;
    }

    function randomInt(min, max) {
      const [low, high] = max === undefined ? [0, min] : [min, max];
      const range = high - low;
      if (!(Number.isSafeInteger(low) && Number.isSafeInteger(high) && range > 0 && range < 2 ** 48)) {
        throw failure(RangeError, 'ERR_OUT_OF_RANGE', 'The value of "max" is out of range.');
      }
      // Values at the top that would make some results likelier are thrown away.
      const limit = 2 ** 48 - 2 ** 48 % range;
      for (;;) {
        const value = randomBytes(6).readUIntBE(0, 6);
        if (value < limit) return low + value % range;
      }
    }

    /** Looks at every byte, whatever it finds. */
    function timingSafeEqual(a, b) {
      const [x, y] = [bytesOf(a, 'buf1'), bytesOf(b, 'buf2')];
      if (x.length !== y.length) {
        throw failure(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length');
      }
      let difference = 0;
      for (let i = 0; i < x.length; i++) difference |= x[i] ^ y[i];
      return difference === 0;
    }

    return {
      randomUUID, randomBytes, randomInt, timingSafeEqual, getRandomValues,
      randomFillSync: (view) => getRandomValues(view),
      createHash: (algorithm) => new Hash(algorithm),
      createHmac: (algorithm, key) => new Hmac(algorithm, key),
      getHashes: () => [...HASHES],
      hash: (algorithm, data, encoding = 'hex') => new Hash(algorithm).update(data).digest(encoding),
      webcrypto: crypto, subtle: crypto.subtle, Hash, Hmac,
    };
  });
})
