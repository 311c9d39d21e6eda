(function formatPart(binding) {
  'use strict';

  /**
   * A value as people read it. Options as in Node's `util.inspect`: depth, breakLength, compact,
   * showHidden, sorted, getters, maxArrayLength, maxStringLength, customInspect; `colors` is
   * accepted and changes nothing.
   * @param {unknown} value
   * @param {object} [options]
   * @returns {string}
   */
  function inspect(value, options, ...legacy) {
    let given = options;
    if (typeof options === 'boolean') given = { showHidden: options, depth: legacy[0] };
    const merged = { ...inspect.defaultOptions };
    for (const key in given) if (given[key] !== undefined) merged[key] = given[key];
    if (merged.depth === Infinity) merged.depth = null;
    return binding.use('inspect').toText(value, merged);
  }
  inspect.custom = Symbol.for('nodejs.util.inspect.custom');
  inspect.defaultOptions = {
    depth: 2, breakLength: 80, compact: 3, showHidden: false, sorted: false, getters: false,
    maxArrayLength: 100, maxStringLength: 10000, customInspect: true, colors: false,
  };
  binding.inspect = inspect;
  binding.hooks.inspect = (value) => inspect(value);

  function toInteger(value) {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'symbol') return 'NaN';
    return inspect(Number.parseInt(value, 10));
  }

  function toNumber(value) {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'symbol' || (typeof value === 'object' && value !== null)) return 'NaN';
    return inspect(Number(value));
  }

  function toText(value) {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'bigint') return inspect(value);
    if (typeof value !== 'object' || value === null) return String(value);
    const own = typeof value.toString === 'function' && value.toString !== Object.prototype.toString
      && value.toString !== Array.prototype.toString && value.toString !== Error.prototype.toString;
    return own && !(value instanceof Date) ? String(value) : inspect(value, { depth: 0 });
  }

  function toJson(value) {
    try {
      return JSON.stringify(value);
    } catch (error) {
      if (/circular/i.test(error.message)) return '[Circular]';
      throw error;
    }
  }

  function one(letter, value) {
    switch (letter) {
      case 's': return toText(value);
      case 'd': return toNumber(value);
      case 'i': return toInteger(value);
      case 'f': return typeof value === 'symbol' ? 'NaN' : inspect(Number.parseFloat(value));
      case 'j': return toJson(value);
      case 'o': return inspect(value, { showHidden: true, depth: 4 });
      case 'O': return inspect(value);
      default: return '';
    }
  }

  /**
   * `printf`-like text, as `console.log` makes it: %s %d %i %f %j %o %O %c %%; what is left over
   * is shown behind it, separated by blanks.
   * @param {unknown[]} values
   * @returns {string}
   */
  binding.format = function format(values) {
    if (values.length === 0) return '';
    const [first] = values;
    let text;
    let next = 1;
    if (typeof first !== 'string') {
      text = inspect(first);
    } else if (values.length === 1 || !first.includes('%')) {
      text = first;
    } else {
      text = first.replace(/%[sdifjoOc%]/g, (match) => {
        if (match === '%%') return '%';
        return next < values.length ? one(match[1], values[next++]) : match;
      });
    }
    for (; next < values.length; next++) {
      const value = values[next];
      text += ` ${typeof value === 'string' ? value : inspect(value)}`;
    }
    return text;
  };
})
