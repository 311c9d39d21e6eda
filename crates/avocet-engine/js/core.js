(function core(binding) {
  'use strict';

  // Parts are made when they are first used, so that an isolate holds only what its program
  // touches. A part's maker is an uncompiled function until then.
  const makers = { __proto__: null };
  // Files of parts that are evaluated on first use, by part.
  const files = { __proto__: null };
  binding.partFiles = files;
  const made = { __proto__: null };
  const starters = [];

  /**
   * Announces a part.
   * @param {string} id
   * @param {(binding: object) => object} make called once, on first use
   */
  binding.define = function define(id, make) {
    makers[id] = make;
  };

  /**
   * Says in which files parts are, for those that are not evaluated in advance.
   * @param {string} folder as scripts are named: `engine/parts/`
   * @param {Record<string, string[]>} parts by file
   */
  binding.parts = function parts(folder, table) {
    for (const file of Object.keys(table)) for (const id of table[file]) files[id] = `${folder}${file}`;
  };

  function makerOf(id) {
    if (makers[id] === undefined && files[id] !== undefined) binding.ops.part_load(files[id])(binding);
    if (makers[id] === undefined) throw new Error(`no part is called ${id}`);
    return makers[id];
  }

  /**
   * The part called `id`, made now where this is its first use.
   * @param {string} id
   * @returns {object}
   */
  binding.use = function use(id) {
    let part = made[id];
    if (part === undefined) {
      part = makerOf(id)(binding);
      made[id] = part;
      makers[id] = undefined;
    }
    return part;
  };

  /**
   * Runs `start` in each isolate before its program, in order of registration.
   * @param {() => void} start
   */
  binding.onStart = function onStart(start) {
    starters.push(start);
  };

  /**
   * A plain data property as the language's own globals have it: writable, not enumerable.
   * @param {object} target
   * @param {PropertyKey} name
   * @param {unknown} value
   */
  binding.put = function put(target, name, value) {
    Object.defineProperty(target, name, {
      value, writable: true, enumerable: false, configurable: true,
    });
  };

  /**
   * Properties of `target` that turn into values of the part `id` when they are first read.
   * @param {object} target
   * @param {string} id
   * @param {string[]} names
   */
  binding.lazily = function lazily(target, id, names) {
    for (const name of names) {
      Object.defineProperty(target, name, {
        configurable: true,
        enumerable: false,
        get() {
          const value = binding.use(id)[name];
          binding.put(target, name, value);
          return value;
        },
        set(value) {
          binding.put(target, name, value);
        },
      });
    }
  };

  /**
   * Globals that the part `id` provides on first use.
   * @param {string} id
   * @param {string[]} names
   */
  binding.globals = function globals(id, names) {
    binding.lazily(globalThis, id, names);
  };

  /**
   * An error with a `code`, as Node's own errors have it.
   * @param {ErrorConstructor} Type
   * @param {string} code
   * @param {string} message
   */
  binding.failure = function failure(Type, code, message) {
    const error = new Type(message);
    error.code = code;
    if (Error.captureStackTrace) Error.captureStackTrace(error, failure);
    return error;
  };

  /**
   * The error for an argument of the wrong type.
   * @param {string} name of the argument
   * @param {string} expected what follows "must be"
   * @param {unknown} value what was given
   */
  binding.wrongType = function wrongType(name, expected, value) {
    const shown = binding.inspect(value, { depth: 0 });
    const text = `The "${name}" argument must be ${expected}. Received ${shown}`;
    return binding.failure(TypeError, 'ERR_INVALID_ARG_TYPE', text);
  };

  /** A stack without the lines of the platform's own JavaScript, which tell nobody anything. */
  binding.shownStack = function shownStack(stack) {
    return stack.includes('avocet:') ? stack.replace(/\n +at (?:[^\n]* \()?avocet:[^\n]*/g, '') : stack;
  };

  /** A text in which surrogates that have no partner are U+FFFD. */
  binding.wellFormed = function wellFormed(text) {
    return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
  };

  binding.put(globalThis, 'global', globalThis);

  binding.hooks.start = function start() {
    for (const each of starters) each();
  };
})
