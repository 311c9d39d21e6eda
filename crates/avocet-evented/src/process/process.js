// The process object.
(function (binding) {
  'use strict';
  const { ops, hooks, lib } = binding;
  const { process } = lib;
  const bad = (name, what) => lib.refusal(Error, 'Bad argument.', process[name],
    'process.' + name + ': the ' + what);

  process.version = 'v0.1.23';
  process.platform = 'linux2';
  process.installPrefix = '/usr/local';

  let leaving = false;
  process.exit = function (code) {
    code = Math.trunc(Number(code)) || 0;
    if (!leaving) {
      leaving = true;
      process.emit('exit', code);
    }
    process.reallyExit(code);
  };
  process.reallyExit = function (code) {
    lib.flush();
    ops.exit((code || 0) & 255);
  };
  hooks.exit = function () {
    if (leaving) return;
    leaving = true;
    process.emit('exit', 0);
  };

  process.cwd = function () {
    const folder = ops.cwd();
    if (folder === null) throw new Error('No such file or directory');
    return folder;
  };
  process.chdir = function (folder) {
    if (arguments.length !== 1 || typeof folder !== 'string') {
      throw bad('chdir', 'only argument (directory) must be a string');
    }
    const failure = ops.chdir(folder);
    if (failure !== undefined) throw new Error(failure);
  };
  process.umask = function (mask) {
    if (typeof mask !== 'number' || (mask | 0) !== mask) {
      throw lib.refusal(TypeError, 'argument must be an integer.', process.umask,
        'process.umask: the first argument (mask) must be an integer');
    }
    return ops.umask(mask);
  };
  process.kill = function (pid, signal) {
    if (typeof pid !== 'number') throw bad('kill', 'first argument (pid) must be a number');
    const number = lib.signalNumber(signal, 'process.kill: the second', process.kill);
    const failure = ops.kill(pid, number);
    if (failure !== undefined) throw new Error(failure);
  };
  process.memoryUsage = function () {
    const [rss, vsize, heapTotal, heapUsed] = ops.memory();
    return { rss, vsize, heapTotal, heapUsed };
  };
  process.compile = function (source, origin) {
    if (arguments.length < 2) {
      throw lib.refusal(TypeError, 'needs two arguments.', process.compile,
        'process.compile: the second argument (scriptOrigin) is missing');
    }
    return ops.compile(String(source), String(origin));
  };
  // Why an addon is not loaded, if it is not.
  lib.loadAddon = function (file, target) {
    const failure = ops.addon_load(file, target);
    return failure === undefined ? undefined : new Error(failure);
  };
  process.dlopen = function (file, target) {
    if (typeof file !== 'string') {
      throw new TypeError('process.dlopen: the name of the file must be a string');
    }
    if (target === null || (typeof target !== 'object' && typeof target !== 'function')) {
      throw new TypeError('process.dlopen: the target must be an object');
    }
    const failure = lib.loadAddon(file, target);
    if (failure !== undefined) throw failure;
  };
  process._byteLength = function (text, encoding) {
    if (typeof text !== 'string') throw bad('_byteLength', 'first argument must be a string');
    return lib.outgoing(encoding, 1) === 1 ? ops.byte_length(text) : text.length;
  };
  process.assert = function (value, message) {
    if (!value) throw new Error(message || 'assertion error');
  };

  lib.startProcess = function () {
    const [args, names, values, pid, executable] = ops.surroundings();
    process.pid = pid;
    process.ENV = {};
    for (let i = 0; i < names.length; i++) process.ENV[names[i]] = values[i];
    lib.executable = executable;
    process.ARGV = args;
  };
})
