(function utilPart(binding) {
  'use strict';

  const { failure } = binding;

  binding.define('node:util', () => {
    const PROMISIFY = Symbol.for('nodejs.util.promisify.custom');

    function needFunction(value, name) {
      if (typeof value !== 'function') throw binding.wrongType(name, 'of type function', value);
    }

    function promisify(original) {
      needFunction(original, 'original');
      if (original[PROMISIFY] !== undefined) return original[PROMISIFY];
      function promised(...args) {
        return new Promise((resolve, reject) => {
          original.call(this, ...args, (error, value) => (error ? reject(error) : resolve(value)));
        });
      }
      Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
      return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original));
    }
    promisify.custom = PROMISIFY;

    // The functions that `promisify` cannot turn by their shape.
    function timersByPromise() {
      const timers = binding.use('timers/promises');
      binding.put(globalThis.setTimeout, PROMISIFY, timers.setTimeout);
      binding.put(globalThis.setImmediate, PROMISIFY, timers.setImmediate);
    }
    timersByPromise();

    function falsyRejection() {
      return failure(Error, 'ERR_FALSY_VALUE_REJECTION', 'Promise was rejected with falsy value');
    }

    function callbackify(original) {
      needFunction(original, 'original');
      return function callbackified(...args) {
        const callback = args.pop();
        needFunction(callback, 'last argument');
        original.apply(this, args).then(
          (value) => queueMicrotask(() => callback(null, value)),
          (error) => queueMicrotask(() => callback(error ?? falsyRejection())),
        );
      };
    }

    function inherits(constructor, parent) {
      needFunction(constructor, 'ctor');
      needFunction(parent, 'superCtor');
      binding.put(constructor, 'super_', parent);
      Object.setPrototypeOf(constructor.prototype, parent.prototype);
    }

    function deprecate(method, message, code) {
      let warned = false;
      return function deprecated(...args) {
        if (!warned) {
          warned = true;
          binding.print('warn', `DeprecationWarning: ${message}${code === undefined ? '' : ` (${code})`}`);
        }
        return new.target ? Reflect.construct(method, args, new.target) : method.apply(this, args);
      };
    }

    const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);
    const functionKind = (value, kind) => (
      typeof value === 'function' && Object.getPrototypeOf(value)?.constructor?.name.includes(kind));
    const types = {
      isPromise: (value) => value instanceof Promise,
      isRegExp: (value) => value instanceof RegExp,
      isDate: (value) => value instanceof Date,
      isNativeError: (value) => value instanceof Error,
      isMap: (value) => value instanceof Map,
      isSet: (value) => value instanceof Set,
      isWeakMap: (value) => value instanceof WeakMap,
      isWeakSet: (value) => value instanceof WeakSet,
      isAnyArrayBuffer: (value) => /ArrayBuffer$/.test(tagOf(value)),
      isArrayBuffer: (value) => value instanceof ArrayBuffer,
      isArrayBufferView: (value) => ArrayBuffer.isView(value),
      isDataView: (value) => value instanceof DataView,
      isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
      isUint8Array: (value) => value instanceof Uint8Array,
      isProxy: (value) => binding.ops.proxy_target?.(value) !== undefined,
      isAsyncFunction: (value) => functionKind(value, 'Async') === true,
      isGeneratorFunction: (value) => functionKind(value, 'Generator') === true,
      isGeneratorObject: (value) => tagOf(value) === 'Generator',
      isSymbolObject: (value) => typeof value === 'object' && value instanceof Symbol,
      isBoxedPrimitive: (value) => [Number, String, Boolean, BigInt, Symbol].some((Type) => value instanceof Type),
      isModuleNamespaceObject: (value) => tagOf(value) === 'Module',
    };

    function formatWithOptions(options, ...values) {
      if (values.every((value) => typeof value === 'string')) return binding.format(values);
      if (typeof values[0] === 'string' && values[0].includes('%')) return binding.format(values);
      return values.map((value) => (typeof value === 'string' ? value : binding.inspect(value, options))).join(' ');
    }

    const util = {
      inspect: binding.inspect,
      format: (...values) => binding.format(values),
      formatWithOptions, promisify, callbackify, inherits, deprecate, types,
      isDeepStrictEqual: (a, b) => binding.use('deep-equal').isDeepStrictEqual(a, b),
      isArray: Array.isArray,
      toUSVString: (text) => binding.wellFormed(`${text}`),
      stripVTControlCharacters: (text) => String(text).replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, ''),
      debuglog: () => Object.assign(() => {}, { enabled: false }),
      log: (...values) => binding.print('info', binding.format(values)),
    };
    binding.lazily(util, 'text-encoding', ['TextEncoder', 'TextDecoder']);
    return util;
  });
})
