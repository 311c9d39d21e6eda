(function processPart(binding) {
  'use strict';

  const { Proxy } = globalThis;
  const { ops, failure } = binding;
  const { program, program: { env } } = binding;

  // `process.env` keeps texts only, as the environment of a process does.
  const envHandler = {
    set(target, name, value) {
      if (typeof name === 'symbol' || typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
      target[name] = String(value);
      return true;
    },
    defineProperty(target, name, found) {
      return Reflect.defineProperty(target, name, 'value' in found ? { ...found, value: String(found.value) } : found);
    },
  };

  binding.define('process', () => {
    const EventEmitter = binding.use('node:events');
    const FAULTS = ['uncaughtException', 'unhandledRejection'];
    const process = Object.create(Object.create(EventEmitter.prototype, {
      constructor: { value: function process() {}, writable: true, configurable: true },
    }));

    function hrtime(before) {
      const now = ops.now();
      let seconds = Math.floor(now / 1000);
      let nanos = Math.floor((now - seconds * 1000) * 1e6);
      if (before !== undefined) {
        seconds -= before[0];
        nanos -= before[1];
        if (nanos < 0) {
          seconds -= 1;
          nanos += 1e9;
        }
      }
      return [seconds, nanos];
    }
    hrtime.bigint = () => {
      const [seconds, nanos] = hrtime();
      return BigInt(seconds) * 1000000000n + BigInt(nanos);
    };

    function memoryUsage() {
      const [rss, heapTotal, heapUsed, external, arrayBuffers] = ops.memory_usage();
      return { rss, heapTotal, heapUsed, external, arrayBuffers };
    }
    memoryUsage.rss = () => ops.memory_usage()[0];

    function stream(level, fd) {
      let line = '';
      return {
        fd,
        isTTY: false,
        writable: true,
        write(chunk, encoding, callback) {
          line += typeof chunk === 'string' ? chunk : binding.use('buffer').Buffer.from(chunk).toString();
          const at = line.lastIndexOf('\n');
          if (at >= 0) {
            binding.print(level, line.slice(0, at));
            line = line.slice(at + 1);
          }
          const done = typeof encoding === 'function' ? encoding : callback;
          if (done !== undefined) queueMicrotask(done);
          return true;
        },
      };
    }

    let streams = null;
    function streamOf(name) {
      streams ??= { stdout: stream('info', 1), stderr: stream('error', 2) };
      return streams[name];
    }

    function emitWarning(warning, options) {
      const type = typeof options === 'string' ? options : options?.type ?? warning?.name ?? 'Warning';
      const text = warning instanceof Error ? warning.message : String(warning);
      binding.print('warn', `${type}: ${text}`);
    }

    Object.assign(process, {
      title: 'avocet',
      version: 'v18.20.4',
      versions: { node: '18.20.4', v8: '10.2.154.26', modules: '108' },
      release: { name: 'avocet' },
      arch: 'x64',
      platform: 'linux',
      argv: program.argv,
      argv0: 'avocet',
      execArgv: [],
      execPath: program.argv[0],
      pid: 1,
      ppid: 0,
      exitCode: undefined,
      features: {},
      env: new Proxy(env, envHandler),
      hrtime,
      memoryUsage,
      uptime: () => (ops.now() - binding.clock.origin) / 1000,
      cwd: () => '/',
      chdir() {
        throw failure(Error, 'ERR_NOT_SUPPORTED',
          'process.chdir() is not supported: functions on runtime v8 have no file system');
      },
      umask: () => 0o22,
      exit(code) { ops.exit(Number(code ?? process.exitCode ?? 0) | 0); },
      abort() { ops.exit(134); },
      kill() { throw failure(Error, 'ERR_NOT_SUPPORTED', 'process.kill() is not supported in functions on runtime v8'); },
      emitWarning,
      nextTick(callback, ...args) {
        if (typeof callback !== 'function') throw binding.wrongType('callback', 'of type function', callback);
        queueMicrotask(() => callback(...args));
      },
      getuid: () => 65534,
      getgid: () => 65534,
      binding(name) { throw failure(Error, 'ERR_INVALID_MODULE', `No such module: ${name}`); },
    });
    for (const name of ['stdout', 'stderr']) {
      Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => streamOf(name) });
    }
    Object.defineProperty(process, Symbol.toStringTag, { value: 'process', configurable: true });
    for (const name of FAULTS) {
      binding.faultListeners[name] = (...args) => process.listenerCount(name) > 0 && process.emit(name, ...args);
    }
    return { process };
  });
})
