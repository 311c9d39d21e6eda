(function modulesPart(binding) {
  'use strict';

  const { ops, failure } = binding;

  // Name of a built-in module, and how its exports are made.
  const BUILTINS = {
    __proto__: null,
    assert: () => binding.use('node:assert'),
    'assert/strict': () => binding.use('node:assert').strict,
    buffer: () => binding.use('buffer'),
    console: () => globalThis.console,
    crypto: () => binding.use('node:crypto'),
    events: () => binding.use('node:events'),
    path: () => binding.use('node:path'),
    'path/posix': () => binding.use('node:path'),
    process: () => globalThis.process,
    querystring: () => binding.use('node:querystring'),
    timers: () => binding.use('node:timers'),
    'timers/promises': () => binding.use('timers/promises'),
    url: () => binding.use('node:url'),
    util: () => binding.use('node:util'),
    'util/types': () => binding.use('node:util').types,
  };
  // Node's modules that functions look for and do not find here, and what they would be for.
  const ABSENT = {
    __proto__: null,
    fs: 'file system', 'fs/promises': 'file system', net: 'network sockets', tls: 'network sockets',
    dgram: 'network sockets', dns: 'name resolution', 'dns/promises': 'name resolution',
    http: 'HTTP client or server module', https: 'HTTP client or server module', http2: 'HTTP client or server module',
    child_process: 'child processes', cluster: 'child processes', worker_threads: 'threads',
    os: 'view of the machine', stream: 'Node.js streams', 'stream/promises': 'Node.js streams',
    zlib: 'compression module', vm: 'other contexts', v8: 'engine controls', readline: 'terminal',
    async_hooks: 'async hooks', perf_hooks: 'performance hooks', string_decoder: 'string decoder',
    module: 'module loader interface', inspector: 'inspector', tty: 'terminal', repl: 'terminal',
    diagnostics_channel: 'diagnostics channel',
  };

  binding.define('node:timers', () => {
    const names = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'];
    return Object.fromEntries(names.map((name) => [name, globalThis[name]]));
  });

  const bare = (name) => (name.startsWith('node:') ? name.slice(5) : name);

  /**
   * A built-in module's exports, undefined where there is none of this name.
   * @param {string} name with or without `node:`
   */
  binding.builtin = function builtin(name) {
    return BUILTINS[bare(name)]?.();
  };

  /** The error for a module that cannot be found, with the reason where there is one to give. */
  binding.missing = function missing(name, from) {
    const lack = ABSENT[bare(name)];
    let text = `Cannot find module '${name}'`;
    if (lack !== undefined) text += `: functions on runtime v8 have no ${lack}; use runtime nodejs22`;
    else if (/^\.{0,2}\//.test(name)) text += `: ${from} asks for it, and no such file is part of the function`;
    else text += `: ${from} asks for it, and it is neither built in nor among the function's files; runtime v8 installs no packages: use runtime nodejs22, or bundle it into a file of the function`;
    const error = failure(Error, 'MODULE_NOT_FOUND', text);
    error.requireStack = [from];
    return error;
  };

  let cache = null;
  binding.onStart(() => {
    cache = { __proto__: null };
  });

  class Module {
    constructor(path, parent) {
      this.id = path;
      this.path = folderOf(path);
      this.exports = {};
      this.filename = path;
      this.loaded = false;
      this.children = [];
      this.parent = parent;
      binding.put(this, 'require', makeRequire(this));
    }
  }

  function folderOf(path) {
    const at = path.lastIndexOf('/');
    return at < 0 ? '.' : path.slice(0, at);
  }

  let main;

  function makeRequire(module) {
    function require(name) {
      if (typeof name !== 'string') {
        throw binding.wrongType('id', 'of type string', name);
      }
      if (name === '') {
        throw failure(TypeError, 'ERR_INVALID_ARG_VALUE', 'The argument "id" must be a non-empty string');
      }
      const known = binding.builtin(name);
      if (known !== undefined) return known;
      return load(resolve(name, module.id), module);
    }
    require.resolve = (name) => (binding.builtin(name) !== undefined ? name : resolve(name, module.id));
    Object.defineProperty(require, 'cache', { get: () => cache, enumerable: true });
    Object.defineProperty(require, 'main', { get: () => main, enumerable: true });
    return require;
  }

  function resolve(name, from) {
    const path = ops.module_resolve(name, from);
    if (path === null) throw binding.missing(name, from);
    return path;
  }

  function load(path, parent) {
    const known = cache[path];
    if (known !== undefined) return known.exports;
    const kind = ops.module_kind(path);
    if (kind === 'module') return ops.module_require(path);
    const module = new Module(path, parent);
    main ??= module;
    parent?.children.push(module);
    cache[path] = module;
    let done = false;
    try {
      run(module, kind);
      done = true;
    } finally {
      // A module whose body failed is tried again by the next require.
      if (!done) delete cache[path];
    }
    return module.exports;
  }

  function run(module, kind) {
    const source = ops.module_read(module.id);
    if (kind === 'json') {
      try {
        module.exports = JSON.parse(source.charCodeAt(0) === 0xfeff ? source.slice(1) : source);
      } catch (error) {
        error.message = `${module.id}: ${error.message}`;
        throw error;
      }
    } else {
      const body = ops.module_compile(module.id, source);
      body.call(module.exports, module.exports, module.require, module, module.filename, module.path);
    }
    module.loaded = true;
  }

  /**
   * The exports of a file of the program, loaded on first use.
   * @param {string} path as `module_resolve` gives it
   */
  binding.requireFile = (path) => load(path, undefined);

  /**
   * `require` for a script that is no module.
   * @param {string} path of the script
   */
  binding.requireFrom = (path) => makeRequire(new Module(path, undefined));

  /**
   * Adds a built-in module.
   * @param {string} name
   * @param {() => object} make its exports, on first use
   */
  binding.addBuiltin = function addBuiltin(name, make) {
    BUILTINS[name] = make;
  };

  Object.assign(binding.hooks, {
    builtin: binding.builtin, missing: binding.missing, requireFile: binding.requireFile,
  });
})
