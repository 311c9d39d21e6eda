(function inspectObjectsPart(binding) {
  'use strict';

  binding.define('inspect-objects', () => {
    const typedArrayTag = Object.getOwnPropertyDescriptor(
      Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
    const BOXES = [
      ['Number', Number, Number.prototype.valueOf],
      ['String', String, String.prototype.valueOf],
      ['Boolean', Boolean, Boolean.prototype.valueOf],
      ['BigInt', BigInt, BigInt.prototype.valueOf],
      ['Symbol', Symbol, Symbol.prototype.valueOf],
    ];

    /** The name of the class that made a value; null where it has no prototype. */
    function className(value) {
      for (let at = value; at !== null; at = Object.getPrototypeOf(at)) {
        const found = Reflect.getOwnPropertyDescriptor(at, 'constructor');
        if (found !== undefined && typeof found.value === 'function' && found.value.name !== ''
          && (at === value || isOf(value, found.value))) {
          return found.value.name;
        }
      }
      return null;
    }

    function isOf(value, Type) {
      try {
        return value instanceof Type;
      } catch {
        return false;
      }
    }

    /** `Name`, `Name [tag]`, `[Kind: null prototype]`, with the size where there is one. */
    function prefixOf(value, name, kind, size = '') {
      let prefix = name === null ? `[${kind}${size}: null prototype]` : `${name}${size}`;
      let tag;
      try {
        tag = value[Symbol.toStringTag];
      } catch {
        tag = undefined;
      }
      if (typeof tag === 'string' && tag !== '' && tag !== name) prefix += ` [${tag}]`;
      return prefix;
    }

    function listEntries(session, values, depth, h) {
      const max = session.options.maxArrayLength ?? Infinity;
      const out = [];
      let left = 0;
      session.indent += 2;
      for (const value of values) {
        if (out.length >= max) left++;
        else out.push(h.show(session, value, depth + 1, true));
      }
      session.indent -= 2;
      pushMore(out, left, h);
      return out;
    }

    function pushMore(out, left, h) {
      if (left > 0) out.push(new h.Shown(`... ${left} more item${left > 1 ? 's' : ''}`, 0));
    }

    function arrayEntries(session, array, depth, h) {
      const max = Math.min(session.options.maxArrayLength ?? Infinity, array.length);
      const out = [];
      let index = 0;
      session.indent += 2;
      for (; index < array.length && out.length < max; index++) {
        if (Object.hasOwn(array, index)) {
          out.push(arrayItem(session, array, index, depth, h));
          continue;
        }
        const start = index;
        while (index + 1 < array.length && !Object.hasOwn(array, index + 1)) index++;
        const holes = index - start + 1;
        out.push(new h.Shown(`<${holes} empty item${holes > 1 ? 's' : ''}>`, 0));
      }
      session.indent -= 2;
      pushMore(out, array.length - index, h);
      return out;
    }

    function arrayItem(session, array, index, depth, h) {
      const found = Reflect.getOwnPropertyDescriptor(array, index);
      if (found.get === undefined && found.set === undefined) {
        return h.show(session, found.value, depth + 1, true);
      }
      return new h.Shown(found.set === undefined ? '[Getter]' : '[Getter/Setter]', 0);
    }

    function mapEntries(session, map, depth, h) {
      const out = [];
      const max = session.options.maxArrayLength ?? Infinity;
      let left = 0;
      session.indent += 2;
      Map.prototype.forEach.call(map, (value, key) => {
        if (out.length >= max) {
          left++;
          return;
        }
        const a = h.show(session, key, depth + 1, true);
        const b = h.show(session, value, depth + 1, true);
        out.push(new h.Shown(`${a.text} => ${b.text}`, Math.max(a.height, b.height)));
      });
      session.indent -= 2;
      pushMore(out, left, h);
      return out;
    }

    function bytesText(bytes, max) {
      let text = '';
      for (let i = 0; i < Math.min(bytes.length, max); i++) {
        text += (i === 0 ? '' : ' ') + bytes[i].toString(16).padStart(2, '0');
      }
      const left = bytes.length - max;
      return left > 0 ? `${text} ... ${left} more byte${left > 1 ? 's' : ''}` : text;
    }

    function functionBase(value, name) {
      const source = Function.prototype.toString.call(value);
      if (/^class[\s{]/.test(source)) {
        let text = `[class ${value.name || '(anonymous)'}`;
        const parent = Object.getPrototypeOf(value);
        if (parent !== null && parent !== Function.prototype && parent.name) {
          text += ` extends ${parent.name}`;
        }
        return `${text}]`;
      }
      const kind = name ?? 'Function';
      return value.name ? `[${kind}: ${value.name}]` : `[${kind} (anonymous)]`;
    }

    /** The stack, with the name and message that the error has now; brackets where it has none. */
    function errorBase(session, error) {
      const stack = typeof error.stack === 'string' ? error.stack : '';
      if (stack === '') return `[${Error.prototype.toString.call(error)}]`;
      let text = binding.shownStack(stack);
      if (!/\n\s+at /.test(stack)) text = `[${stack}]`;
      return session.indent === 0 ? text : text.replaceAll('\n', `\n${' '.repeat(session.indent)}`);
    }

    function errorExtras(session, error, keys, depth, h) {
      const out = [];
      for (const key of ['cause', 'errors']) {
        if (Object.hasOwn(error, key) && !keys.includes(key)) {
          out.push(h.showProperty(session, error, key, depth));
        }
      }
      return out;
    }

    function promiseEntries(session, promise, depth, h) {
      const state = binding.ops.promise_state?.(promise);
      if (state === undefined) return [];
      if (state[0] === 0) return [new h.Shown('<pending>', 0)];
      session.indent += 2;
      const shown = h.show(session, state[1], depth + 1, true);
      session.indent -= 2;
      if (state[0] === 1) return [shown];
      return [new h.Shown(`<rejected> ${shown.text}`, shown.height)];
    }

    function boxed(value) {
      for (const [kind, Type, unbox] of BOXES) {
        if (isOf(value, Type)) {
          try {
            return [kind, unbox.call(value)];
          } catch {
            return undefined;
          }
        }
      }
      return undefined;
    }

    const OBJECT = ['{', '}'];
    const LIST = ['[', ']'];

    /**
     * What is special about a value: `{base}` for a text in front of its properties, `{entries}`
     * for contents before them, `braces`, `prefix`. Undefined for a plain object.
     */
    function special(session, value, name, depth, h) {
      if (Array.isArray(value)) {
        const prefix = name === 'Array' ? '' : prefixOf(value, name, 'Array', `(${value.length})`);
        return { prefix, braces: LIST, list: true, entries: (d) => arrayEntries(session, value, d, h) };
      }
      if (typeof value === 'function') return { base: functionBase(value, name) };
      if (isOf(value, Error)) return { base: errorBase(session, value), error: true };
      if (isOf(value, Map)) {
        return { prefix: prefixOf(value, name, 'Map', `(${value.size})`), entries: (d) => mapEntries(session, value, d, h) };
      }
      if (isOf(value, Set)) {
        return {
          prefix: prefixOf(value, name, 'Set', `(${value.size})`),
          entries: (d) => listEntries(session, Set.prototype.values.call(value), d, h),
        };
      }
      return binary(session, value, name, depth, h) ?? scalar(session, value, name, h);
    }

    function binary(session, value, name, depth, h) {
      const tag = typedArrayTag.call(value);
      if (tag !== undefined) {
        const prefix = prefixOf(value, name, tag, `(${value.length})`).replace(` [${tag}]`, '');
        return { prefix, braces: LIST, list: true, indexed: true, entries: (d) => listEntries(session, value, d, h) };
      }
      if (isOf(value, ArrayBuffer)) {
        const max = session.options.maxArrayLength ?? Infinity;
        const text = bytesText(new Uint8Array(value), Math.min(max, 50));
        return {
          prefix: name ?? 'ArrayBuffer',
          entries: () => [
            new h.Shown(`[Uint8Contents]: <${text}>`, 0),
            new h.Shown(`byteLength: ${value.byteLength}`, 0),
          ],
        };
      }
      if (isOf(value, DataView)) {
        return {
          prefix: name ?? 'DataView',
          entries: (d) => ['byteLength', 'byteOffset', 'buffer'].map((key) => {
            const shown = h.show(session, value[key], d + 1, true);
            return new h.Shown(`${key}: ${shown.text}`, shown.height);
          }),
        };
      }
      return undefined;
    }

    function scalar(session, value, name, h) {
      if (isOf(value, Date)) {
        const time = Date.prototype.getTime.call(value);
        return { base: Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString() };
      }
      if (isOf(value, RegExp)) return { base: RegExp.prototype.toString.call(value) };
      if (isOf(value, Promise)) {
        return { prefix: name ?? 'Promise', entries: (d) => promiseEntries(session, value, d, h) };
      }
      if (isOf(value, WeakMap) || isOf(value, WeakSet)) {
        return { prefix: name, entries: () => [new h.Shown('<items unknown>', 0)] };
      }
      const box = boxed(value);
      if (box !== undefined) {
        const text = typeof box[1] === 'string' ? h.quote(box[1]) : String(box[1]);
        return { base: `[${box[0]}: ${text}]`, indexed: box[0] === 'String' };
      }
      if (Object.prototype.toString.call(value) === '[object Arguments]') {
        return { prefix: '[Arguments]', braces: LIST, list: true, entries: (d) => arrayEntries(session, value, d, h) };
      }
      return undefined;
    }

    function tooDeep(session, value, name, found) {
      if (found?.list && name === 'Array') return '[Array]';
      const prefix = prefixOf(value, name, name === null ? 'Object' : name);
      return `[${prefix}]`;
    }

    /**
     * Shows an object or a function.
     * @param {object} session
     * @param {object} value
     * @param {number} depth levels above it
     * @param {object} h helpers of the part `inspect`
     */
    function showObject(session, value, depth, h) {
      const name = className(value);
      const found = guarded(() => special(session, value, name, depth, h));
      let keys = h.keysOf(value, session.options);
      if (found?.list || found?.indexed) keys = keys.filter((key) => !isIndex(key));
      if (found?.error) keys = keys.filter((key) => key !== 'stack' && key !== 'message');
      const limit = session.options.depth;
      if (found?.base === undefined && limit !== null && depth > limit) {
        return new h.Shown(tooDeep(session, value, name, found), 0);
      }
      const entries = found?.entries === undefined ? [] : found.entries(depth);
      const list = found?.list === true && keys.length === 0;
      for (const key of keys) entries.push(h.showProperty(session, value, key, depth));
      if (found?.error) entries.push(...errorExtras(session, value, keys, depth, h));
      if (found?.base !== undefined) {
        if (entries.length === 0 || (limit !== null && depth > limit)) {
          return new h.Shown(found.base, 0);
        }
        return h.enclose(session, found.base, entries, OBJECT, false);
      }
      const prefix = found?.prefix ?? plainPrefix(value, name);
      return h.enclose(session, prefix, entries, found?.braces ?? OBJECT, list);
    }

    function plainPrefix(value, name) {
      const prefix = prefixOf(value, name, 'Object');
      return prefix === 'Object' ? '' : prefix.replace('[Object: null prototype] [Module]', '[Module: null prototype]');
    }

    function isIndex(key) {
      return typeof key === 'string' && /^(0|[1-9]\d*)$/.test(key);
    }

    function guarded(work) {
      try {
        return work();
      } catch {
        return undefined;
      }
    }

    return { showObject, bytesText };
  });
})
