(function loadPart(binding) {
  'use strict';

  const { ops } = binding;

  /** The function that this isolate holds. */
  const program = {
    handler: null,
    // What `this` is in it: the object that it was found in.
    owner: undefined,
    context: {},
    wantsCallback: false,
    waitsForCallback: false,
  };
  binding.function = program;

  function nameOfExports(exports) {
    if (typeof exports === 'function') return `a function${exports.name ? ` called ${exports.name}` : ''}`;
    if (typeof exports !== 'object' || exports === null) return binding.inspect(exports, { depth: 0 });
    const names = Object.keys(exports);
    if (names.length === 0) return 'nothing';
    return names.map((name) => `${name} (${exports[name] === null ? 'null' : typeof exports[name]})`).join(', ');
  }

  const isObject = (value) => (typeof value === 'object' || typeof value === 'function') && value !== null;

  /**
   * The handler among the exports of the entry file: under its name, as the whole of them, or in
   * either way under `default` (also twice, as transpilers leave it).
   * @returns {{handler: Function, owner: unknown} | undefined}
   */
  function find(exports, name) {
    let at = exports;
    for (let depth = 0; depth < 3 && isObject(at); depth++) {
      if (typeof at[name] === 'function') return { handler: at[name], owner: at };
      if (typeof at === 'function') return { handler: at, owner: undefined };
      at = at.default;
    }
    return undefined;
  }

  function take(exports, file, name) {
    const found = find(exports, name);
    if (found === undefined) {
      const error = new TypeError(`${file} does not export a function named "${name}"; it exports ${nameOfExports(exports)}`);
      error.code = 'ERR_HANDLER_NOT_FOUND';
      error.file = file;
      throw error;
    }
    const { handler, owner } = found;
    program.handler = handler;
    program.owner = owner;
    program.waitsForCallback = handler.length >= 3;
    program.wantsCallback = program.waitsForCallback
      || /\barguments\b|\.\.\./.test(Function.prototype.toString.call(handler));
  }

  binding.hooks.load = function load(json) {
    const { name, entry, export: exported, env, context } = JSON.parse(json);
    binding.setEnv(env ?? {});
    binding.program.argv[1] = `/${entry}`;
    program.context = context ?? {};
    program.name = name;
    if (ops.module_kind(entry) === 'module') {
      return ops.module_import(entry).then((namespace) => take(namespace, entry, exported));
    }
    take(binding.requireFile(entry), entry, exported);
    return undefined;
  };
})
