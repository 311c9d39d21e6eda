(function clonePart(binding) {
  'use strict';

  binding.define('clone', () => {
    const ERRORS = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

    function uncloneable(value) {
      let name;
      try {
        name = typeof value === 'symbol' ? String(value) : binding.inspect(value, { depth: 0 });
      } catch {
        name = 'object';
      }
      return new (binding.use('dom-exception').DOMException)(`${name} could not be cloned.`, 'DataCloneError');
    }

    function cloneView(view, seen) {
      const buffer = clone(view.buffer, seen);
      const Type = view instanceof Uint8Array ? Uint8Array : Object.getPrototypeOf(view).constructor;
      const length = view instanceof DataView ? view.byteLength : view.length;
      return new Type(buffer, view.byteOffset, length);
    }

    function cloneError(error, seen) {
      const name = String(error.name);
      const Type = ERRORS[name] ?? Error;
      const copy = Object.create(Type.prototype);
      seen.set(error, copy);
      for (const key of ['stack', 'message']) {
        const found = Reflect.getOwnPropertyDescriptor(error, key);
        if (found !== undefined) binding.put(copy, key, String(error[key]));
      }
      if (Object.hasOwn(error, 'cause')) binding.put(copy, 'cause', clone(error.cause, seen));
      return copy;
    }

    /** What has no own properties to copy; undefined for anything else. */
    function cloneLeaf(value, seen) {
      if (value instanceof Date) return new Date(value.getTime());
      if (value instanceof RegExp) return new RegExp(value.source, value.flags);
      if (value instanceof ArrayBuffer) return value.slice(0);
      if (ArrayBuffer.isView(value)) return cloneView(value, seen);
      for (const Type of [Number, String, Boolean, BigInt]) {
        if (value instanceof Type) return Object(value.valueOf());
      }
      return undefined;
    }

    function refuse(value) {
      for (const Type of [Promise, WeakMap, WeakSet, WeakRef, Symbol]) {
        if (value instanceof Type) throw uncloneable(value);
      }
      if (binding.ops.proxy_target !== undefined && binding.ops.proxy_target(value) !== undefined) {
        throw uncloneable(value);
      }
    }

    function clone(value, seen) {
      if (typeof value === 'symbol' || typeof value === 'function') throw uncloneable(value);
      if (typeof value !== 'object' || value === null) return value;
      const known = seen.get(value);
      if (known !== undefined) return known;
      refuse(value);
      const leaf = cloneLeaf(value, seen);
      if (leaf !== undefined) {
        seen.set(value, leaf);
        return leaf;
      }
      if (value instanceof Error) return cloneError(value, seen);
      return cloneContainer(value, seen);
    }

    function cloneContainer(value, seen) {
      if (value instanceof Map) {
        const copy = new Map();
        seen.set(value, copy);
        for (const [key, each] of [...value]) copy.set(clone(key, seen), clone(each, seen));
        return copy;
      }
      if (value instanceof Set) {
        const copy = new Set();
        seen.set(value, copy);
        for (const each of [...value]) copy.add(clone(each, seen));
        return copy;
      }
      const copy = Array.isArray(value) ? new Array(value.length) : {};
      seen.set(value, copy);
      for (const key of Object.keys(value)) {
        Object.defineProperty(copy, key, {
          value: clone(value[key], seen), writable: true, enumerable: true, configurable: true,
        });
      }
      return copy;
    }

    /**
     * HTML, section 2.7, but what is in `options.transfer` is copied, not moved.
     * @param {unknown} value
     */
    function structuredClone(value) {
      if (arguments.length === 0) throw binding.failure(TypeError, 'ERR_MISSING_ARGS', 'The "value" argument must be specified');
      return clone(value, new Map());
    }

    return { structuredClone };
  });
})
