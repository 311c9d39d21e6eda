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

  binding.define('table', () => {
    function cells(row) {
      return row !== null && (typeof row === 'object' || typeof row === 'function');
    }

    function rowsOf(data) {
      if (data instanceof Map) return [...data].map(([key, value], i) => [String(i), { Key: key, Values: value }]);
      if (data instanceof Set) return [...data].map((value, i) => [String(i), value]);
      return Object.keys(data).map((key) => [key, data[key]]);
    }

    /** Columns in order of appearance, then `Values` where some rows are no objects. */
    function columnsOf(rows, wanted) {
      if (wanted !== undefined) return [...wanted];
      const names = new Set();
      for (const [, row] of rows) if (cells(row)) Object.keys(row).forEach((key) => names.add(key));
      return [...names];
    }

    /**
     * Rows in a frame.
     * @param {object} data
     * @param {string[]} [wanted] columns
     * @returns {string}
     */
    function table(data, wanted) {
      const rows = rowsOf(data);
      const columns = columnsOf(rows, wanted);
      const plain = rows.some(([, row]) => !cells(row));
      const shown = (value) => inspect(value, { depth: cells(value) ? 0 : 2, breakLength: Infinity });
      const lines = [['(index)', ...columns, ...(plain ? ['Values'] : [])]];
      for (const [key, row] of rows) {
        const line = [key];
        for (const column of columns) {
          line.push(cells(row) && Object.hasOwn(row, column) ? shown(row[column]) : '');
        }
        if (plain) line.push(cells(row) ? '' : shown(row));
        lines.push(line);
      }
      return frame(lines);
    }

    function frame(lines) {
      const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
      const rule = (left, middle, right) => left + widths.map((w) => '─'.repeat(w + 2)).join(middle) + right;
      const row = (line) => `│${line.map((cell, i) => ` ${cell.padEnd(widths[i])} `).join('│')}│`;
      return [
        rule('┌', '┬', '┐'), row(lines[0]), rule('├', '┼', '┤'),
        ...lines.slice(1).map(row), rule('└', '┴', '┘'),
      ].join('\n');
    }

    return { table };
  });
})
