// The process object.
(function (binding) {
  'use strict';
  const { ops, hooks, lib } = binding;
  const { process } = lib;
  // Programs may have globals of these names.
  const { Map, Reflect, globalThis: global } = globalThis;
  const bad = (name, what) => lib.refusal(Error, 'Bad argument.', process[name],
    'process.' + name + ': the ' + what);

  process.version = 'v0.1.23';
  process.platform = 'linux2';
  process.installPrefix = '/usr/local';

  lib.constants = {
    O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_NOCTTY: 256, O_TRUNC: 512,
    O_APPEND: 1024, O_DIRECTORY: 65536, O_NOFOLLOW: 131072, O_SYNC: 1052672,
    S_IFMT: 61440, S_IFREG: 32768, S_IFDIR: 16384, S_IFCHR: 8192, S_IFBLK: 24576, S_IFIFO: 4096,
    S_IFLNK: 40960, S_IFSOCK: 49152, S_IRWXU: 448, S_IRUSR: 256, S_IWUSR: 128, S_IXUSR: 64,
    S_IRWXG: 56, S_IRGRP: 32, S_IWGRP: 16, S_IXGRP: 8, S_IRWXO: 7, S_IROTH: 4, S_IWOTH: 2,
    S_IXOTH: 1,
    E2BIG: 7, EACCES: 13, EADDRINUSE: 98, EADDRNOTAVAIL: 99, EAFNOSUPPORT: 97, EAGAIN: 11,
    EALREADY: 114, EBADF: 9, EBADMSG: 74, EBUSY: 16, ECANCELED: 125, ECHILD: 10,
    ECONNABORTED: 103, ECONNREFUSED: 111, ECONNRESET: 104, EDEADLK: 35, EDESTADDRREQ: 89,
    EDOM: 33, EDQUOT: 122, EEXIST: 17, EFAULT: 14, EFBIG: 27, EHOSTUNREACH: 113, EIDRM: 43,
    EILSEQ: 84, EINPROGRESS: 115, EINTR: 4, EINVAL: 22, EIO: 5, EISCONN: 106, EISDIR: 21,
    ELOOP: 40, EMFILE: 24, EMLINK: 31, EMSGSIZE: 90, EMULTIHOP: 72, ENAMETOOLONG: 36,
    ENETDOWN: 100, ENETRESET: 102, ENETUNREACH: 101, ENFILE: 23, ENOBUFS: 105, ENODATA: 61,
    ENODEV: 19, ENOENT: 2, ENOEXEC: 8, ENOLCK: 37, ENOLINK: 67, ENOMEM: 12, ENOMSG: 42,
    ENOPROTOOPT: 92, ENOSPC: 28, ENOSR: 63, ENOSTR: 60, ENOSYS: 38, ENOTCONN: 107, ENOTDIR: 20,
    ENOTEMPTY: 39, ENOTSOCK: 88, ENOTSUP: 95, ENOTTY: 25, ENXIO: 6, EOPNOTSUPP: 95,
    EOVERFLOW: 75, EPERM: 1, EPIPE: 32, EPROTO: 71, EPROTONOSUPPORT: 93, EPROTOTYPE: 91,
    ERANGE: 34, EROFS: 30, ESPIPE: 29, ESRCH: 3, ESTALE: 116, ETIME: 62, ETIMEDOUT: 110,
    ETXTBSY: 26, EWOULDBLOCK: 11, EXDEV: 18,
    SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGIOT: 6, SIGBUS: 7,
    SIGFPE: 8, SIGKILL: 9, SIGUSR1: 10, SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14,
    SIGTERM: 15, SIGSTKFLT: 16, SIGCHLD: 17, SIGCLD: 17, SIGCONT: 18, SIGSTOP: 19, SIGTSTP: 20,
    SIGTTIN: 21, SIGTTOU: 22, SIGURG: 23, SIGXCPU: 24, SIGXFSZ: 25, SIGVTALRM: 26, SIGPROF: 27,
    SIGWINCH: 28, SIGIO: 29, SIGPOLL: 29, SIGPWR: 30, SIGSYS: 31, SIGUNUSED: 31,
  };
  Object.assign(process, lib.constants);

  const signalNames = {};
  for (const name in lib.constants) {
    if (name.startsWith('SIG') && !(lib.constants[name] in signalNames)) {
      signalNames[lib.constants[name]] = name;
    }
  }
  lib.signalName = (number) => signalNames[number] || null;

  // A number of what may be a signal's name; undefined where there is none.
  lib.signalNumber = function (signal, which, call) {
    if (signal === undefined) return 15;
    if (typeof signal === 'number') return signal;
    const known = typeof signal === 'string' && signal.startsWith('SIG') && lib.constants[signal];
    if (!known) {
      throw lib.refusal(Error, 'Unknown signal', call,
        which + " argument (signal) must be a signal's number or name, such as \"SIGTERM\"");
    }
    return known;
  };

  const watched = new Set(), handlers = [];
  function watch(number) {
    if (!watched.has(number) && ops.signalWatch(number)) watched.add(number);
    return watched.has(number);
  }
  process.addListener('newListener', function (name) {
    const known = typeof name === 'string' && name.startsWith('SIG') &&
      Object.prototype.hasOwnProperty.call(process, name);
    // Nobody hears SIGKILL; programs that listen to all names need not know.
    if (known) watch(process[name]);
  });

  // A signal by its number, as an emitter of "signal".
  const SignalHandler = process.SignalHandler = function (signal) {
    this.number = lib.signalNumber(signal, 'SignalHandler: the first', SignalHandler);
    if (!watch(this.number)) {
      throw new Error((lib.signalName(this.number) || 'Signal ' + this.number) + ' cannot be listened to');
    }
    handlers.push(this);
  };
  lib.inherits(SignalHandler, lib.EventEmitter);
  SignalHandler.prototype.stop = function () {
    const at = handlers.indexOf(this);
    if (at >= 0) handlers.splice(at, 1);
  };

  hooks.signal = function (number) {
    for (const handler of handlers.slice()) if (handler.number === number) handler.emit('signal');
    for (const name in lib.constants) {
      if (name.startsWith('SIG') && lib.constants[name] === number) process.emit(name);
    }
  };

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
    lib.flushAll();
    ops.exit((code || 0) & 255);
  };
  hooks.exit = function () {
    if (leaving) return;
    leaving = true;
    process.emit('exit', 0);
  };
  lib.flushAll = () => hooks.flush();

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
    const failure = ops.addonLoad(file, target);
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
    return lib.outgoing(encoding, 1) === 1 ? ops.byteLength(text) : text.length;
  };
  process.assert = function (value, message) {
    if (!value) throw new Error(message || 'assertion error');
  };

  process.mixin = function () {
    const list = Array.prototype.slice.call(arguments);
    const deep = typeof list[0] === 'boolean' ? list.shift() : false;
    let target = list.length === 1 ? global : list.shift();
    if (target === null || (typeof target !== 'object' && typeof target !== 'function')) {
      target = {};
    }
    for (const source of list) {
      if (source === null || source === undefined) continue;
      copy(target, source, deep && { copies: new Map(), made: 0 });
    }
    return target;
  };

  // Copies after which a deep copy makes no second one of the same object: things that are linked
  // in all directions would take for ever.
  const COPIES = 10000;

  // Whether a deep copy goes into it. Regular expressions were functions then, and a Date has
  // nothing that could be enumerated: both are shared.
  const isNested = (value) => value !== null && typeof value === 'object' &&
    !(value instanceof RegExp) && !(value instanceof Date);

  function put(target, name, value) {
    if (name !== '__proto__') return Reflect.set(target, name, value);
    return Reflect.defineProperty(target, name, {
      value, writable: true, enumerable: true, configurable: true,
    });
  }

  function copy(target, source, deep) {
    const made = { copy: target, open: true };
    if (deep && isNested(source)) deep.copies.set(source, made);
    lib.shareState(target, source);
    for (const name in source) {
      const value = source[name];
      if (value === undefined || value === target) continue;
      put(target, name, deep && isNested(value) ? copyOf(target, name, value, deep) : value);
    }
    made.open = false;
  }

  // The deep copy of what `source` has under a name. A circle ends where it began: with the copy
  // that is being made.
  function copyOf(target, name, value, deep) {
    const known = deep.copies.get(value);
    if (known !== undefined && (known.open || deep.made > COPIES)) return known.copy;
    const there = name === '__proto__' ? undefined : target[name];
    const base = isNested(there) ? there : value.length !== undefined ? [] : {};
    deep.made += 1;
    copy(base, value, deep);
    return base;
  }

  // Standard input and output.
  const stdio = process.stdio = new lib.EventEmitter();
  let input = -1;
  stdio.open = function (encoding) {
    if (input >= 0) throw new Error('stdin already open');
    const id = ops.stdinOpen(encoding === undefined ? 1 : lib.incoming(encoding));
    if (id < 0) throw lib.systemError(-id);
    input = id;
    lib.streams[id] = {
      data: (data) => stdio.emit('data', data),
      end() {},
      closed() {
        input = -1;
        stdio.emit('close');
      },
    };
  };
  stdio.close = function () {
    if (input < 0) throw new Error('stdin not open');
    ops.streamDestroy(input);
  };
  stdio.write = function (data, encoding) {
    if (arguments.length === 0) {
      throw lib.refusal(Error, 'Bad argument', stdio.write, 'stdio.write: the first argument (data) is missing');
    }
    ops.stdoutWrite(lib.data(data, 'stdio.write', stdio.write), lib.outgoing(encoding, 1));
  };
  stdio.writeError = function (data) {
    if (arguments.length === 0) return;
    const text = String(data);
    const end = text.indexOf('\0');
    ops.stderrWrite(end < 0 ? text : text.slice(0, end));
  };

  // Watching files by looking at them.
  const SHORTEST = 110;
  const watchers = new Map();

  function Stat() {}
  lib.inherits(Stat, lib.EventEmitter);
  process.Stat = Stat;

  process.watchFile = function (filename, options, listener) {
    if (typeof options === 'function') [options, listener] = [{}, options];
    if (typeof filename !== 'string') {
      throw new TypeError('process.watchFile: the first argument (filename) must be a string');
    }
    let stat = watchers.get(filename);
    if (stat === undefined) {
      const { persistent = true, interval = 0 } = options || {};
      stat = new Stat();
      let previous = lib.lookAt(filename);
      const look = function () {
        const current = lib.lookAt(filename);
        if (current.state === previous.state) return;
        const old = previous;
        previous = current;
        stat.emit('change', current.stats, old.stats);
      };
      const every = Math.max(Number(interval) || 0, SHORTEST);
      stat._timer = persistent ? lib.setInterval(look, every) : lib.weakTimer(look, every);
      watchers.set(filename, stat);
    }
    stat.addListener('change', listener);
    return stat;
  };
  process.unwatchFile = function (filename) {
    const stat = watchers.get(filename);
    if (stat === undefined) return;
    watchers.delete(filename);
    stat._timer.stop();
    stat.emit('stop');
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
