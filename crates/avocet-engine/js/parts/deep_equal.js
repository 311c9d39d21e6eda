(function deepEqualPart(binding) {
  'use strict';

  binding.define('deep-equal', () => {
    const same = (a, b, strict) => (strict ? Object.is(a, b) : a == b || (a !== a && b !== b));

    function enumerableKeys(value) {
      const symbols = Object.getOwnPropertySymbols(value)
        .filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
      return [...Object.keys(value), ...symbols];
    }

    function equalBytes(a, b) {
      const x = new Uint8Array(a.buffer ?? a, a.byteOffset ?? 0, a.byteLength);
      const y = new Uint8Array(b.buffer ?? b, b.byteOffset ?? 0, b.byteLength);
      return x.length === y.length && x.every((byte, i) => byte === y[i]);
    }

    /** Whether what is special about two objects of one kind differs. */
    function differInside(a, b, compare) {
      if (a instanceof Date) return !(b instanceof Date) || !Object.is(a.getTime(), b.getTime());
      if (a instanceof RegExp) return !(b instanceof RegExp) || String(a) !== String(b) || a.lastIndex !== b.lastIndex;
      if (a instanceof Error) {
        return !(b instanceof Error) || a.message !== b.message || a.name !== b.name
          || !compare(a.cause, b.cause);
      }
      if (a instanceof ArrayBuffer || a instanceof DataView) return a.byteLength !== b.byteLength || !equalBytes(a, b);
      for (const Type of [Number, String, Boolean, BigInt, Symbol]) {
        if (a instanceof Type) return !(b instanceof Type) || !Object.is(a.valueOf(), b.valueOf());
      }
      if (a instanceof WeakMap || a instanceof WeakSet || a instanceof Promise) return true;
      if (a instanceof Map) return !(b instanceof Map) || !equalMaps(a, b, compare);
      if (a instanceof Set) return !(b instanceof Set) || !equalSets(a, b, compare);
      return false;
    }

    function equalSets(a, b, compare) {
      if (a.size !== b.size) return false;
      const left = [...b].filter((value) => !a.has(value));
      for (const value of a) {
        if (b.has(value)) continue;
        const at = left.findIndex((other) => compare(value, other));
        if (at < 0) return false;
        left.splice(at, 1);
      }
      return true;
    }

    function equalMaps(a, b, compare) {
      if (a.size !== b.size) return false;
      const left = [...b].filter(([key]) => !a.has(key));
      for (const [key, value] of a) {
        if (b.has(key)) {
          if (!compare(value, b.get(key))) return false;
          continue;
        }
        const at = left.findIndex(([otherKey, other]) => compare(key, otherKey) && compare(value, other));
        if (at < 0) return false;
        left.splice(at, 1);
      }
      return true;
    }

    function equalObjects(a, b, strict, open) {
      if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
      if (Array.isArray(a) !== Array.isArray(b)) return false;
      if (Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return false;
      const known = open.get(a);
      if (known !== undefined) return known === b;
      open.set(a, b);
      try {
        const compare = (x, y) => equal(x, y, strict, open);
        if (differInside(a, b, compare)) return false;
        const keys = enumerableKeys(a);
        if (keys.length !== enumerableKeys(b).length) return false;
        if (Array.isArray(a) && a.length !== b.length) return false;
        return keys.every((key) => Object.prototype.propertyIsEnumerable.call(b, key) && compare(a[key], b[key]));
      } finally {
        open.delete(a);
      }
    }

    function equal(a, b, strict, open) {
      if (a === b) return a !== 0 || !strict || Object.is(a, b);
      const objects = (typeof a === 'object' && a !== null) && (typeof b === 'object' && b !== null);
      return objects ? equalObjects(a, b, strict, open) : same(a, b, strict);
    }

    return {
      isDeepStrictEqual: (a, b) => equal(a, b, true, new Map()),
      isDeepEqual: (a, b) => equal(a, b, false, new Map()),
    };
  });
})
