(function consolePart(binding) {
  'use strict';

  const { ops, put, format, inspect } = binding;

  /**
   * Where console output goes. A host that knows more (which call wrote it) replaces it.
   * @param {string} level
   * @param {string} text
   */
  binding.print = (level, text) => ops.print(level, text);

  let margin = '';
  let counts = null;
  let timers = null;

  function write(level, text) {
    if (margin !== '') text = margin + text.replaceAll('\n', `\n${margin}`);
    binding.print(level, text);
  }

  function elapsed(label) {
    const start = timers?.get(label);
    if (start === undefined) {
      write('warn', `Warning: No such label '${label}' for console.timeEnd()`);
      return undefined;
    }
    const ms = ops.now() - start;
    if (ms < 1000) return `${Number(ms.toFixed(3))}ms`;
    if (ms < 60000) return `${(ms / 1000).toFixed(3)}s`;
    const minutes = Math.floor(ms / 60000);
    return `${minutes}:${((ms % 60000) / 1000).toFixed(3).padStart(6, '0')} (m:ss.mmm)`;
  }

  const methods = {
    log(...values) { write('info', format(values)); },
    info(...values) { write('info', format(values)); },
    debug(...values) { write('debug', format(values)); },
    warn(...values) { write('warn', format(values)); },
    error(...values) { write('error', format(values)); },
    trace(...values) {
      const where = { name: 'Trace', message: format(values) };
      Error.captureStackTrace(where, methods.trace);
      const head = where.message === '' ? 'Trace' : `Trace: ${where.message}`;
      write('debug', `${head}\n${String(where.stack).replace(/^[^]*?\n(?=\s+at )/, '')}`);
    },
    dir(value, options) { write('info', inspect(value, { customInspect: false, ...options })); },
    dirxml(...values) { write('info', format(values)); },
    assert(condition, ...values) {
      if (condition) return;
      if (typeof values[0] === 'string') values[0] = `Assertion failed: ${values[0]}`;
      else values.unshift(values.length > 0 ? 'Assertion failed:' : 'Assertion failed');
      write('error', format(values));
    },
    count(label = 'default') {
      counts ??= new Map();
      const number = (counts.get(`${label}`) ?? 0) + 1;
      counts.set(`${label}`, number);
      write('info', `${label}: ${number}`);
    },
    countReset(label = 'default') {
      if (counts?.delete(`${label}`) !== true) write('warn', `Warning: Count for '${label}' does not exist`);
    },
    group(...values) {
      if (values.length > 0) write('info', format(values));
      margin += '  ';
    },
    groupCollapsed(...values) { methods.group(...values); },
    groupEnd() { margin = margin.slice(2); },
    table(data, columns) {
      write('info', data === null || typeof data !== 'object' ? format([data]) : binding.use('table').table(data, columns));
    },
    time(label = 'default') {
      timers ??= new Map();
      if (timers.has(`${label}`)) write('warn', `Warning: Label '${label}' already exists for console.time()`);
      else timers.set(`${label}`, ops.now());
    },
    timeEnd(label = 'default') {
      const text = elapsed(`${label}`);
      if (text === undefined) return;
      timers.delete(`${label}`);
      write('info', `${label}: ${text}`);
    },
    timeLog(label = 'default', ...values) {
      const text = elapsed(`${label}`);
      if (text !== undefined) write('info', format([`${label}: ${text}`, ...values]));
    },
    clear() {},
  };

  const console = {};
  for (const name in methods) {
    Object.defineProperty(console, name, {
      value: methods[name], writable: true, enumerable: true, configurable: true,
    });
  }
  Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
  put(globalThis, 'console', console);
})
