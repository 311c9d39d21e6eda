// Help of the prompt for a person at a terminal: names for what was begun, and colours.
(function (binding) {
  'use strict';
  const { lib } = binding;

  const KEYWORDS = ('break case catch const continue debugger default delete do else false finally for ' +
    'function if in instanceof let new null return switch this throw true try typeof undefined var ' +
    'void while with').split(' ');
  const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

  // Names of a value's properties, its own first.
  function members(value, begun) {
    const names = [];
    for (let at = Object(value); at !== null; at = Object.getPrototypeOf(at)) {
      // Names that every object has are offered only to who begins to write them.
      if (at === Object.prototype && begun === '') break;
      names.push(...Object.getOwnPropertyNames(at));
    }
    return names;
  }

  function valueOf(path, scope) {
    let value = Object.prototype.hasOwnProperty.call(scope, path[0]) ? scope : globalThis;
    for (const name of path) value = value[name];
    return value;
  }

  // [what was begun, the names that it can become], for the text before the cursor.
  lib.completions = function (text, scope) {
    const [, path, begun] = /((?:[A-Za-z_$][\w$]*\.)*)((?:[A-Za-z_$][\w$]*)?)$/.exec(text);
    const before = text[text.length - path.length - begun.length - 1];
    // A member of what only running it could tell.
    if (before === '.' || path + begun === '') return [begun, []];
    let names;
    if (path === '') {
      names = [...Object.getOwnPropertyNames(scope), ...members(globalThis, begun), ...KEYWORDS];
    } else {
      const value = valueOf(path.split('.').slice(0, -1), scope);
      if (value === undefined || value === null) return [begun, []];
      names = members(value, begun);
    }
    const fits = (name) => name.startsWith(begun) && IDENTIFIER.test(name) &&
      (name[0] !== '_' || begun[0] === '_');
    return [begun, Array.from(new Set(names.filter(fits))).sort()];
  };

  const CODES = { string: 32, number: 33, word: 35, mark: 36, error: 31 };
  const paint = lib.paint = (kind, text) => '\x1b[' + CODES[kind] + 'm' + text + '\x1b[0m';

  // Text of sys.inspect in the colours of its values; names of properties stay as they are.
  lib.paintValue = (text) => text.replace(
    /("(?:[^"\\]|\\.)*")(:)?|(\[(?:Function|Circular)\])|\b(true|false|null|undefined)\b|-?\b\d+(?:\.\d+)?(?:e[+-]\d+)?\b|-?\bInfinity\b|\bNaN\b/g,
    (all, string, colon, mark, word) => {
      if (colon) return all;
      return paint(string ? 'string' : mark ? 'mark' : word ? 'word' : 'number', all);
    });
})
