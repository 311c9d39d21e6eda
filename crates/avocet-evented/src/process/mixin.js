// process.mixin: copying objects into others.
(function (binding) {
  'use strict';
  const { lib } = binding;
  const { process } = lib;
  // Programs may have globals of these names.
  const { Map, Reflect, globalThis: global } = globalThis;

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
})
