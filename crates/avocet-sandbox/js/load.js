(function loadPart(binding) {
  'use strict';

  const { ops } = binding;

  /** The function that this isolate holds. */
  const program = {
    handler: null,
    // A handler `(subject, payload) => …`, where the function has one instead.
    message: null,
    subjects: [],
    reuse: false,
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

  // What is in front of a default export; in a script it is an assignment.
  const EXPORT_DEFAULT = /^([ \t]*)export[ \t]+default\b/gm;
  const OTHER_MODULE_SYNTAX = /^[ \t]*(?:import\b(?![ \t]*[(.])|export\b(?![ \t]+default\b))/m;

  /**
   * The source as a script, so that `this` is its global also in arrow functions; null where it can
   * only be a module.
   */
  function asScript(entry) {
    const source = ops.module_read(entry);
    if (ops.module_kind(entry) !== 'module') return source;
    const defaults = source.match(EXPORT_DEFAULT);
    if (defaults === null || defaults.length !== 1 || OTHER_MODULE_SYNTAX.test(source)) return null;
    return source.replace(EXPORT_DEFAULT, '$1module.exports =');
  }

  /** Runs a script that is no module but may use `module.exports`; what it exports, or its completion value. */
  function runScript(entry, source) {
    const module = { exports: {} };
    const empty = module.exports;
    binding.put(globalThis, 'module', module);
    binding.put(globalThis, 'exports', module.exports);
    binding.put(globalThis, 'require', binding.requireFrom(entry));
    try {
      const value = ops.script_run(entry, source);
      const exported = module.exports !== empty || Object.keys(empty).length > 0;
      return exported || typeof value !== 'function' ? module.exports : value;
    } finally {
      delete globalThis.module;
      delete globalThis.exports;
    }
  }

  /** Takes the handler of a function with triggers: exports of other signatures win. */
  function takeMessage(exports, file, name) {
    for (const other of [name, 'main', 'fetch']) {
      if (isObject(exports) && typeof exports !== 'function' && typeof exports[other] === 'function') {
        take(exports, file, other);
        return;
      }
    }
    const found = find(exports, name);
    if (found === undefined) throw notFound(`${file} holds no function (subject, payload) => …; it exports ${nameOfExports(exports)}`, file);
    program.message = found.handler;
    if (!program.reuse) ops.fresh_globals();
  }

  function loadMessage(entry, name) {
    const source = asScript(entry);
    if (source !== null) {
      try {
        takeMessage(runScript(entry, source), entry, name);
        return undefined;
      } catch (error) {
        // A module that awaits at its top level, for example.
        if (!(error instanceof SyntaxError) || ops.module_kind(entry) !== 'module') throw error;
      }
    }
    return ops.module_import(entry).then((namespace) => takeMessage(namespace, entry, name));
  }

  function notFound(text, file) {
    const error = new TypeError(text);
    error.code = 'ERR_HANDLER_NOT_FOUND';
    error.file = file;
    return error;
  }

  function take(exports, file, name) {
    const found = find(exports, name);
    if (found === undefined) {
      throw notFound(`${file} does not export a function named "${name}"; it exports ${nameOfExports(exports)}`, file);
    }
    const { handler, owner } = found;
    program.handler = handler;
    program.owner = owner;
    program.waitsForCallback = handler.length >= 3;
    program.wantsCallback = program.waitsForCallback
      || /\barguments\b|\.\.\./.test(Function.prototype.toString.call(handler));
  }

  binding.hooks.load = function load(json) {
    const { name, entry, export: exported, env, context, services } = JSON.parse(json);
    binding.setEnv(env ?? {});
    binding.program.argv[1] = `/${entry}`;
    program.context = context ?? {};
    program.name = name;
    program.subjects = services?.subjects ?? [];
    program.reuse = services?.reuse ?? false;
    if (program.subjects.length > 0) {
      // Before any code of the function, which may change what this is made of.
      binding.put(globalThis, 'hostServices', binding.use('host-services').hostServices);
      return loadMessage(entry, exported);
    }
    if (ops.module_kind(entry) === 'module') {
      return ops.module_import(entry).then((namespace) => take(namespace, entry, exported));
    }
    take(binding.requireFile(entry), entry, exported);
    return undefined;
  };
})
