// Ground of all the others: encodings, states of objects, errors, requests, libraries.
(function (binding) {
  'use strict';
  const { ops, hooks } = binding;
  const lib = binding.lib = {};
  lib.process = {};

  // Programs may have globals of this name.
  const { Reflect } = globalThis;

  // The encoding of what is sent; what is unknown means one byte per character.
  lib.outgoing = function (name, fallback) {
    if (typeof name !== 'string') return fallback === undefined ? 0 : fallback;
    switch (name.toLowerCase()) {
      case 'utf8': case 'utf-8': return 1;
      case 'ascii': case 'binary': return 0;
      case 'raw': case 'raws':
        ops.stderr_write("'" + name + "' has been renamed to 'binary'.\n");
        return 0;
    }
    return fallback === undefined ? 0 : fallback;
  };

  // The encoding of what is received: ASCII is read as UTF-8, of which it is a part.
  lib.incoming = function (name) {
    if (typeof name === 'string' && name.toLowerCase() === 'ascii') return 1;
    return lib.outgoing(name);
  };

  // Error of a call for an argument that it cannot take. The message is the original's, because
  // programs compare it; the stack, which people read, also tells which argument of which call it
  // is, and what it must be.
  lib.refusal = function (Kind, message, call, what) {
    const error = new Kind(message);
    Error.captureStackTrace(error, call);
    const stack = String(error.stack);
    const frames = stack.slice(stack.indexOf('\n    at') >>> 0);
    error.stack = error.name + ': ' + message + '\n  ' + what + frames;
    return error;
  };

  lib.data = function (value, name, call) {
    if (typeof value === 'string') return value;
    if (Array.isArray(value)) {
      throw lib.refusal(TypeError, 'Bad argument', call,
        name + ': the data must be a string, arrays of integers cannot be sent here');
    }
    return String(value);
  };

  lib.bytesToString = function (bytes) {
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192) {
      text += String.fromCharCode.apply(null, bytes.slice(at, at + 8192).map((n) => n & 255));
    }
    return text;
  };

  // State of an object that programs hold: no property that they see, list or copy. Where
  // `process.mixin` copies the object, the copy acts on the same state.
  const STATE = lib.STATE = Symbol('state');
  const { hasOwnProperty } = Object.prototype;
  // The state of an object; a new one where its constructor was never called. An object that inherits
  // from one in use (`Object.create(response)`) acts for that; one that inherits from a mere example
  // (`Mine.prototype = new tcp.Connection()`) has a state of its own.
  lib.stateOf = function (object, Kind) {
    const state = object[STATE];
    if (state !== undefined &&
      (state.owner === object || hasOwnProperty.call(object, STATE) || state.isInUse())) return state;
    return object[STATE] = new Kind(object);
  };
  lib.shareState = function (target, source) {
    if (hasOwnProperty.call(source, STATE) && !hasOwnProperty.call(target, STATE)) {
      Reflect.set(target, STATE, source[STATE]);
    }
  };

  // Errors of the system, as the original worded them.
  lib.systemError = function (errno, text) {
    const error = new Error(text || ops.error_text(errno));
    error.errno = errno;
    return error;
  };

  // Requests under way: what is called with (errno, …).
  const waiting = new Map();
  let lastRequest = 0;
  lib.request = function (done) {
    do lastRequest = (lastRequest + 1) & 0x3fffffff; while (waiting.has(lastRequest));
    waiting.set(lastRequest, done);
    return lastRequest;
  };
  hooks.done = function (id, errno, a, b) {
    const done = waiting.get(id);
    waiting.delete(id);
    done(errno, a, b);
  };

  // Libraries: made when they are first asked for.
  const factories = lib.factories = Object.create(null);
  lib.define = (name, factory) => { factories[name] = factory; };
})
