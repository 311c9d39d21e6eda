// CommonJS modules and the start of the script.
(function (binding) {
  'use strict';
  const { ops, hooks, lib } = binding;
  const { process } = lib;
  const cache = new Map();
  const ids = new Map();
  const libraries = Object.create(null);
  // The names of those libraries that a program has asked for.
  const given = new Set();
  let main;

  function Module(id, parent) {
    this.id = id;
    this.exports = {};
    this.parent = parent;
    this.filename = null;
    this.loaded = false;
    this.loadPromise = null;
    this.exited = false;
    this.children = [];
  }
  process.Module = Module;

  const isUrl = (text) => /^https?:\/\//.test(text);
  const isAddon = (file) => /\.node$/.test(file);
  const trace = (text) => { if ('NODE_DEBUG' in process.ENV) ops.stderr_write(text + '\n'); };

  function library(name) {
    if (name in libraries) return libraries[name];
    const factory = lib.factories[name];
    return factory && (libraries[name] = factory());
  }
  lib.library = library;

  // The file of a module below a folder.
  function inFolder(base) {
    for (const end of ['.js', '.node', '/index.js', '/index.node']) {
      if (lib.exists(base + end)) return base + end;
    }
    return undefined;
  }

  function folderOf(module) {
    if (module.filename === null) return process.cwd();
    return lib.path.dirname(module.filename) || '/';
  }

  function idOf(request, parent) {
    if (!/^\.\.?(\/|$)/.test(request)) return request;
    const isFolder = parent.filename !== null && /\/index\.js$/.test(parent.filename);
    return lib.path.join(isFolder ? parent.id : lib.path.dirname(parent.id), request);
  }

  function find(request, parent) {
    if (/^\.\.?(\/|$)/.test(request)) return inFolder(lib.path.join(folderOf(parent), request));
    if (request[0] === '/') return inFolder(request);
    for (const folder of process.paths) {
      const file = inFolder(String(folder).replace(/\/$/, '') + '/' + request);
      if (file !== undefined) return file;
    }
    return undefined;
  }

  // The exports of a module that is loaded or comes with the program; else where its file is.
  function locate(request, parent) {
    if (typeof request !== 'string') {
      throw new TypeError('require: the name of the module must be a string');
    }
    if (request === '.' && main) return { module: main };
    if (request === 'posix' || request === 'path') return { exports: lib[request] };
    const id = idOf(request, parent);
    if (isUrl(request) && isAddon(request)) {
      throw new Error('Addons are not fetched: ' + request + ': save it beside the program');
    }
    if (isUrl(request)) return { id, file: request, module: cache.get(request) };
    if (/\.(js|node)$/.test(request) && !ids.has(id)) {
      throw new Error('No longer accepting filename extension in module names');
    }
    // A module that was found on the search path once is not looked for again.
    const searched = request[0] !== '.' && request[0] !== '/';
    if (searched && given.has(request)) return { exports: library(request) };
    const file = (searched && ids.get(id)) || find(request, parent) || ids.get(id);
    if (file !== undefined) return { id, file, module: cache.get(file) };
    const exports = searched ? library(request) : undefined;
    if (exports !== undefined) {
      given.add(request);
      return { exports };
    }
    throw new Error("Cannot find module '" + request + "'");
  }

  function requireFor(module) {
    function require(request) {
      const found = locate(request, module);
      if (found.exports !== undefined) return found.exports;
      if (found.module === undefined && isUrl(found.file)) return require.async(request).wait();
      return (found.module || load(found, module)).exports;
    }
    require.paths = process.paths;
    require.main = main;
    require.async = function (request) {
      const promise = new lib.Promise();
      lib.setTimeout(() => begin(promise, request, module), 0);
      return promise;
    };
    return require;
  }

  lib.requireFor = requireFor;
  // The texts of the modules that were loaded from files.
  lib.sources = () => Array.from(cache.keys(), (file) => String(lib.readFile(file)[1]));

  function begin(promise, request, parent) {
    let found;
    try {
      found = locate(request, parent);
      if (found.exports === undefined && found.module === undefined && isUrl(found.file)) {
        return fetch(promise, found, parent);
      }
      if (found.exports === undefined) found = found.module || load(found, parent);
    } catch (error) {
      return promise.emitError(error);
    }
    promise.emitSuccess(found.exports);
  }

  function fetch(promise, found, parent) {
    const fail = () => promise.emitError(new Error('Error reading ' + found.file));
    if (!/^http:/.test(found.file)) return fail();
    library('http').cat(found.file, 'utf8').addErrback(fail).addCallback((source) => {
      let module;
      try {
        module = load(found, parent, source);
      } catch (error) {
        return promise.emitError(error);
      }
      promise.emitSuccess(module.exports);
    });
  }

  function read(file) {
    const [errno, source] = lib.readFile(file);
    if (errno !== 0) throw new Error('Error reading ' + file);
    return source;
  }

  function load({ id, file }, parent, source) {
    const module = new Module(id, parent);
    module.filename = file;
    if (parent === undefined) start(module);
    cache.set(file, module);
    ids.set(id, file);
    trace('load ' + file);
    if (isAddon(file)) {
      const failure = lib.loadAddon(file, module.exports);
      if (failure !== undefined) {
        cache.delete(file);
        throw failure;
      }
    } else {
      try {
        if (source === undefined) source = read(file);
      } catch (error) {
        cache.delete(file);
        throw error;
      }
      run(module, source);
    }
    module.loaded = true;
    return module;
  }

  function start(module) {
    main = process.mainModule = module;
  }

  function run(module, source) {
    source = source.replace(/^\uFEFF/, '').replace(/^#!.*/, '');
    let body;
    try {
      body = ops.module_compile(source, module.filename);
    } catch (error) {
      // No require() catches a text that is not JavaScript.
      lib.uncaught(error);
      throw error;
    }
    const { exports } = module;
    ops.call(body, exports, exports, requireFor(module), module, module.filename);
  }

  function searchPaths() {
    const paths = (process.ENV.NODE_PATH || '').split(':').filter((folder) => folder !== '');
    if (process.ENV.HOME) paths.push(process.ENV.HOME + '/.node_libraries');
    paths.push(process.installPrefix + '/lib/node/libraries');
    return paths;
  }

  // [executable, script, arguments…], the first two absolute where they are paths.
  function completeArguments() {
    const args = process.ARGV;
    const absolute = (text) => (text[0] === '/' ? text : lib.path.join(process.cwd(), text));
    if (args[0].indexOf('/') > 0) args[0] = absolute(args[0]);
    if (args.length > 1 && !isUrl(args[1])) args[1] = absolute(args[1]);
  }

  hooks.start = function () {
    lib.startProcess();
    completeArguments();
    process.paths = searchPaths();
    const file = process.ARGV[1];
    if (file === undefined) return lib.shell();
    if (isUrl(file)) {
      const promise = new lib.Promise();
      promise.addErrback(lib.uncaught);
      return fetch(promise, { id: '.', file }, undefined);
    }
    load({ id: '.', file }, undefined);
  };
})
