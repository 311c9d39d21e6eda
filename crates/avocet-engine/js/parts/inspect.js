(function inspectPart(binding) {
  'use strict';

  const { inspect } = binding;

  const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
  const ESCAPES = /[\x00-\x1f\x7f-\x9f\\]/g;
  const SHORT = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\' };
  // The method by which a value shows itself.
  const CUSTOM = inspect.custom;

  /** A value's text, and how many levels of objects are below it. */
  class Shown {
    constructor(text, height) {
      this.text = text;
      this.height = height;
    }
  }

  /** One run of `inspect`: its options, and the objects that are being shown. */
  class Session {
    constructor(options) {
      this.options = options;
      this.open = [];
      this.circular = null;
      this.indent = 0;
    }

    /** The number of an object that contains itself. */
    reference(value) {
      this.circular ??= new Map();
      let number = this.circular.get(value);
      if (number === undefined) {
        number = this.circular.size + 1;
        this.circular.set(value, number);
      }
      return number;
    }
  }

  function escapeOne(char) {
    return SHORT[char] ?? `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  }

  function quote(text) {
    let mark = "'";
    if (text.includes("'")) {
      if (!text.includes('"')) mark = '"';
      else if (!text.includes('`') && !text.includes('${')) mark = '`';
    }
    let inner = text.replace(ESCAPES, escapeOne);
    if (mark === "'") inner = inner.replaceAll("'", "\\'");
    return mark + inner + mark;
  }

  function showString(text, options) {
    const max = options.maxStringLength ?? Infinity;
    if (text.length <= max) return quote(text);
    const rest = text.length - max;
    return `${quote(text.slice(0, max))}... ${rest} more character${rest > 1 ? 's' : ''}`;
  }

  function showPrimitive(value, options) {
    switch (typeof value) {
      case 'string': return showString(value, options);
      case 'number': return Object.is(value, -0) ? '-0' : String(value);
      case 'bigint': return `${value}n`;
      default: return String(value);
    }
  }

  function showKey(key) {
    if (typeof key === 'symbol') return `[${String(key)}]`;
    return IDENTIFIER.test(key) ? key : quote(key);
  }

  /** Own keys that are shown; symbols where they are enumerable. */
  function keysOf(value, options) {
    let keys;
    if (options.showHidden) {
      keys = Reflect.ownKeys(value);
    } else {
      keys = Object.keys(value);
      for (const symbol of Object.getOwnPropertySymbols(value)) {
        if (Object.prototype.propertyIsEnumerable.call(value, symbol)) keys.push(symbol);
      }
    }
    if (options.sorted) {
      const order = typeof options.sorted === 'function' ? options.sorted : undefined;
      keys = keys.filter((k) => typeof k === 'string').sort(order)
        .concat(keys.filter((k) => typeof k === 'symbol'));
    }
    return keys;
  }

  function showProperty(session, value, key, depth) {
    const found = Reflect.getOwnPropertyDescriptor(value, key);
    if (found === undefined) return new Shown(`${showKey(key)}: undefined`, 0);
    let shown;
    if (found.get !== undefined) {
      shown = showGetter(session, value, found, depth);
    } else if (found.set !== undefined) {
      shown = new Shown('[Setter]', 0);
    } else {
      session.indent += 2;
      shown = show(session, found.value, depth + 1, true);
      session.indent -= 2;
    }
    const name = found.enumerable === false ? `[${String(key)}]` : showKey(key);
    return new Shown(`${name}: ${shown.text}`, shown.height);
  }

  function showGetter(session, value, found, depth) {
    const label = found.set === undefined ? 'Getter' : 'Getter/Setter';
    const wanted = session.options.getters;
    if (!wanted || (wanted === 'get' && found.set) || (wanted === 'set' && !found.set)) {
      return new Shown(`[${label}]`, 0);
    }
    try {
      const shown = show(session, found.get.call(value), depth + 1, true);
      return new Shown(`[${label}: ${shown.text}]`, shown.height);
    } catch (error) {
      return new Shown(`[${label}: <Inspection threw (${error?.message})>]`, 0);
    }
  }

  /** How many of these entries go into one row. */
  function perRow(entries, session) {
    const width = Math.max(...entries.map((entry) => entry.length)) + 2;
    if (entries.length <= 6 || width > 18 || width < 3) return 1;
    const room = Math.max(session.options.breakLength - session.indent, width);
    // Characters are about two and a half times as high as wide: rows and columns look square.
    const square = Math.round(Math.sqrt(2.5 * (width - 2) * entries.length) / (width - 2));
    return Math.max(1, Math.min(Math.floor(room / width), 16, square));
  }

  /** Lays the short entries of a long list out in columns; `more` is what was left out. */
  function columns(texts, session) {
    const more = texts.at(-1).startsWith('... ') ? texts.slice(-1) : [];
    const entries = texts.slice(0, texts.length - more.length);
    const count = entries.length === 0 ? 1 : perRow(entries, session);
    if (count <= 1) return texts;
    const widths = Array.from({ length: count }, (_, column) => (
      Math.max(...entries.filter((__, i) => i % count === column).map((entry) => entry.length))));
    const right = entries.every((entry) => /^-?[\d.]+(e[+-]?\d+)?n?$/.test(entry));
    const rows = [];
    for (let start = 0; start < entries.length; start += count) {
      const row = entries.slice(start, start + count);
      rows.push(row.map((entry, i) => {
        const last = i === row.length - 1;
        if (right) return `${entry.padStart(widths[i])}${last ? '' : ', '}`;
        return last ? entry : `${entry}, `.padEnd(widths[i] + 2);
      }).join(''));
    }
    return [...rows, ...more];
  }

  /** Puts entries between braces, on one line where they fit. */
  function enclose(session, prefix, entries, [open, close], isList) {
    const head = prefix === '' ? open : `${prefix} ${open}`;
    if (entries.length === 0) return new Shown(`${head}${close}`, 0);
    const height = 1 + Math.max(...entries.map((entry) => entry.height));
    let texts = entries.map((entry) => entry.text);
    const { compact, breakLength } = session.options;
    const levels = compact === true ? Infinity : Number(compact);
    const plain = texts.length;
    if (isList && levels >= 1 && height === 1) texts = columns(texts, session);
    if (height <= levels && texts.length === plain) {
      let total = head.length + session.indent + 4 + texts.length;
      for (const text of texts) total += text.length + 1;
      if (total <= breakLength + 1 && !texts.some((text) => text.includes('\n'))) {
        return new Shown(`${head} ${texts.join(', ')} ${close}`, height);
      }
    }
    const margin = ' '.repeat(session.indent);
    return new Shown(`${head}\n${margin}  ${texts.join(`,\n${margin}  `)}\n${margin}${close}`, height);
  }

  /**
   * Shows any value; `nested` is false at the top, where a thrown getter or trap may not escape
   * either.
   */
  function show(session, value, depth, nested) {
    if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) {
      return new Shown(showPrimitive(value, session.options), 0);
    }
    const proxy = binding.ops.proxy_target?.(value);
    if (proxy === null) return new Shown('<Revoked Proxy>', 0);
    const target = proxy === undefined ? value : proxy;
    const custom = customText(session, target, depth, proxy === undefined ? value : proxy);
    if (custom !== undefined) return custom;
    if (proxy !== undefined) return show(session, target, depth, nested);
    if (session.open.includes(value)) {
      return new Shown(`[Circular *${session.reference(value)}]`, 0);
    }
    session.open.push(value);
    let shown;
    try {
      shown = binding.use('inspect-objects').showObject(session, value, depth, helpers);
    } finally {
      session.open.pop();
    }
    const number = session.circular?.get(value);
    if (number === undefined) return shown;
    return new Shown(`<ref *${number}> ${shown.text}`, shown.height);
  }

  function customText(session, value, depth) {
    const { options } = session;
    if (!options.customInspect) return undefined;
    const method = value[CUSTOM];
    if (typeof method !== 'function' || method === inspect) return undefined;
    const left = options.depth === null ? Infinity : options.depth - depth;
    const result = method.call(value, left, { ...options, stylize: (text) => String(text) }, inspect);
    if (typeof result === 'string') {
      return new Shown(result.replaceAll('\n', `\n${' '.repeat(session.indent)}`), 0);
    }
    return result === value ? undefined : show(session, result, depth, true);
  }

  const helpers = { Shown, show, showKey, showProperty, keysOf, enclose, quote };

  binding.define('inspect', () => ({
    /** A value as text; `options` has all of `inspect.defaultOptions`. */
    toText(value, options) {
      return show(new Session(options), value, 0, false).text;
    },
  }));
})
