'use strict';
// An Express application that a function calls with the worker's request and response gives both
// new prototypes, which end in Node.js's own. So these know the light objects too.

/** The descriptor of `name` on `target` or what it inherits from. */
function inherited(target, name) {
  for (let at = target; at !== null; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isLight = (object) => object._call !== undefined;

function method(light, real) {
  return function (...args) { return (isLight(this) ? light : real).apply(this, args); };
}

function accessor(name, light, real) {
  return {
    configurable: true,
    enumerable: real?.enumerable ?? false,
    get() {
      if (isLight(this)) return light.get.call(this);
      return real?.get ? real.get.call(this) : real?.value;
    },
    set(value) {
      const set = isLight(this) ? light.set : real?.set;
      if (set) set.call(this, value);
      else if (isLight(this) || !real?.get) Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
    },
  };
}

/** Teaches `target`, a prototype of Node.js, what the light prototype `light` does. */
function graft(light, target, except = []) {
  for (const name of Object.getOwnPropertyNames(light)) {
    if (name === 'constructor' || except.includes(name)) continue;
    const own = Object.getOwnPropertyDescriptor(light, name);
    // Some names Node.js does not let go of (`connection`); they read `socket`, which is ours.
    if (Object.getOwnPropertyDescriptor(target, name)?.configurable === false) continue;
    const real = inherited(target, name);
    if (own.get) Object.defineProperty(target, name, accessor(name, own, real));
    else target[name] = typeof real?.value === 'function' ? method(own.value, real.value) : own.value;
  }
}

module.exports = { graft };
