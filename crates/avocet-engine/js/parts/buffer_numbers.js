(function bufferNumbersPart(binding) {
  'use strict';

  const { failure } = binding;

  binding.define('buffer-numbers', () => {
    // Name in the method, method of DataView, bytes, smallest and largest value.
    const KINDS = [
      ['UInt8', 'Uint8', 1, 0, 255], ['Int8', 'Int8', 1, -128, 127],
      ['UInt16', 'Uint16', 2, 0, 65535], ['Int16', 'Int16', 2, -32768, 32767],
      ['UInt32', 'Uint32', 4, 0, 2 ** 32 - 1], ['Int32', 'Int32', 4, -(2 ** 31), 2 ** 31 - 1],
      ['Float', 'Float32', 4], ['Double', 'Float64', 8],
      ['BigUInt64', 'BigUint64', 8, 0n, 2n ** 64n - 1n],
      ['BigInt64', 'BigInt64', 8, -(2n ** 63n), 2n ** 63n - 1n],
    ];

    function outOfRange(name, range, value) {
      return failure(RangeError, 'ERR_OUT_OF_RANGE',
        `The value of "${name}" is out of range. It must be ${range}. Received ${binding.inspect(value)}`);
    }

    function checkOffset(buffer, offset, size) {
      if (typeof offset !== 'number') {
        throw failure(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "offset" argument must be of type number.');
      }
      if (!Number.isInteger(offset)) throw outOfRange('offset', 'an integer', offset);
      const last = buffer.length - size;
      if (last < 0) {
        throw failure(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', 'Attempt to access memory outside buffer bounds');
      }
      if (offset < 0 || offset > last) throw outOfRange('offset', `>= 0 and <= ${last}`, offset);
    }

    function viewOf(buffer) {
      return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    }

    function define(prototype, name, method) {
      binding.put(prototype, name, method);
      if (name.includes('UInt')) binding.put(prototype, name.replace('UInt', 'Uint'), method);
    }

    function fixed(prototype, [name, raw, size, min, max], little) {
      const end = size === 1 ? '' : little ? 'LE' : 'BE';
      define(prototype, `read${name}${end}`, function read(offset = 0) {
        checkOffset(this, offset, size);
        return viewOf(this)[`get${raw}`](offset, little);
      });
      define(prototype, `write${name}${end}`, function write(value, offset = 0) {
        const number = typeof min === 'bigint' ? value : Number(value);
        if (min !== undefined && (number < min || number > max)) {
          throw outOfRange('value', `>= ${min} and <= ${max}`, value);
        }
        checkOffset(this, offset, size);
        viewOf(this)[`set${raw}`](offset, number, little);
        return offset + size;
      });
    }

    function checkWidth(width) {
      if (!(Number.isInteger(width) && width >= 1 && width <= 6)) {
        throw outOfRange('byteLength', '>= 1 and <= 6', width);
      }
    }

    function variable(prototype, signed, little) {
      const name = `${signed ? 'Int' : 'UInt'}${little ? 'LE' : 'BE'}`;
      define(prototype, `read${name}`, function read(offset, width) {
        checkWidth(width);
        checkOffset(this, offset, width);
        let value = 0;
        for (let i = 0; i < width; i++) value = value * 256 + this[offset + (little ? width - 1 - i : i)];
        return signed && value >= 2 ** (8 * width - 1) ? value - 2 ** (8 * width) : value;
      });
      define(prototype, `write${name}`, function write(value, offset, width) {
        checkWidth(width);
        checkOffset(this, offset, width);
        const min = signed ? -(2 ** (8 * width - 1)) : 0;
        const max = 2 ** (8 * width - (signed ? 1 : 0)) - 1;
        if (value < min || value > max) throw outOfRange('value', `>= ${min} and <= ${max}`, value);
        let rest = value < 0 ? value + 2 ** (8 * width) : Math.trunc(value);
        for (let i = 0; i < width; i++) {
          this[offset + (little ? i : width - 1 - i)] = rest % 256;
          rest = Math.floor(rest / 256);
        }
        return offset + width;
      });
    }

    /** Puts the `read…` and `write…` methods for numbers on Buffer's prototype. */
    function install(prototype) {
      for (const kind of KINDS) {
        fixed(prototype, kind, true);
        if (kind[2] > 1) fixed(prototype, kind, false);
      }
      for (const little of [true, false]) {
        variable(prototype, false, little);
        variable(prototype, true, little);
      }
    }

    return { install };
  });
})
