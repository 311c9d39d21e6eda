// What all the others need: encodings, uncaught exceptions, EventEmitter.
(function (binding) {
  'use strict';
  const { ops, hooks } = binding;
  const lib = binding.lib = {};
  const process = lib.process = {};

  // Programs of that time bring an Object.create of their own, and globals of these names.
  const { create } = Object;
  const { Reflect } = globalThis;

  lib.BINARY = 0;
  lib.UTF8 = 1;

  // The encoding of what is sent; what is unknown means one byte per character.
  lib.outgoing = function (name, fallback) {
    if (typeof name !== 'string') return fallback === undefined ? 0 : fallback;
    switch (name.toLowerCase()) {
      case 'utf8': case 'utf-8': return 1;
      case 'ascii': case 'binary': return 0;
      case 'raw': case 'raws':
        ops.stderrWrite("'" + name + "' has been renamed to 'binary'.\n");
        return 0;
    }
    return fallback === undefined ? 0 : fallback;
  };

  // The encoding of what is received: ASCII is read as UTF-8, of which it is a part.
  lib.incoming = function (name) {
    if (typeof name === 'string' && name.toLowerCase() === 'ascii') return 1;
    return lib.outgoing(name);
  };

  // What a call says of an argument that it cannot take. The message is the original's, because
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

  let handling = false;

  const room = (depth) => (depth === 0 ? 0 : 1 + room(depth - 1));

  function explain(error) {
    try {
      lib.explain(error);
    } catch (unexplained) {
      // The error itself is what counts.
    }
  }

  // An exception that nobody caught: listeners of the process have it, or it ends the process.
  const uncaught = lib.uncaught = hooks.uncaught = function (error) {
    explain(error);
    const list = process._events && process._events.uncaughtException;
    if (handling || !list || list.length === 0) return ops.fatal(error);
    // At the end of the stack a listener could do nothing: it is called further out.
    if (error instanceof RangeError) {
      try {
        room(500);
      } catch (full) {
        throw error;
      }
    }
    handling = true;
    try {
      for (let i = 0; i < list.length; i++) {
        if (typeof list[i] === 'function') list[i].call(process, error);
      }
    } catch (inner) {
      ops.fatal(inner);
    }
    handling = false;
  };

  function EventEmitter() {}
  lib.EventEmitter = process.EventEmitter = EventEmitter;

  EventEmitter.prototype.addListener = function (type, listener) {
    if (typeof listener !== 'function') return this;
    const events = this._events || (this._events = create(null));
    // What emits in its own way may listen there.
    if (events.newListener !== undefined || this.emit !== emit) this.emit('newListener', type, listener);
    const list = events[type];
    if (list === undefined) events[type] = [listener];
    else list.push(listener);
    return this;
  };

  EventEmitter.prototype.removeListener = function (type, listener) {
    const list = this._events && this._events[type];
    const at = list ? list.indexOf(listener) : -1;
    if (at < 0) return undefined;
    list.splice(at, 1);
    return this;
  };

  EventEmitter.prototype.listeners = function (type) {
    const events = this._events || (this._events = create(null));
    return events[type] || (events[type] = []);
  };

  // A listener's exception does not reach the caller. The operation that calls the listener keeps
  // the place where it was thrown.
  const emit = EventEmitter.prototype.emit = function (type, a, b) {
    const count = arguments.length;
    if (count === 0) {
      throw lib.refusal(TypeError, 'Must give event name.', emit,
        'emitter.emit: the first argument (event) is missing');
    }
    const list = this._events && this._events[type];
    if (list === undefined) return false;
    const rest = count <= 3 ? undefined : Array.prototype.slice.call(arguments, 1);
    try {
      for (let i = 0; i < list.length; i++) {
        const listener = list[i];
        if (typeof listener !== 'function') continue;
        if (count === 1) ops.callModule(listener, this);
        else if (count === 2) ops.callModule(listener, this, a);
        else if (count === 3) ops.callModule(listener, this, a, b);
        else ops.callModule(listener, this, ...rest);
      }
    } catch (error) {
      uncaught(error);
      return false;
    }
    return true;
  };

  // The same as the last thing that a hook does: the loop takes what a listener throws.
  lib.tell = function (emitter, type, a, b) {
    const count = arguments.length;
    if (emitter.emit !== emit) {
      if (count === 2) emitter.emit(type);
      else if (count === 3) emitter.emit(type, a);
      else emitter.emit(type, a, b);
      return;
    }
    const list = emitter._events && emitter._events[type];
    if (list === undefined) return;
    for (let i = 0; i < list.length; i++) {
      const listener = list[i];
      if (typeof listener !== 'function') continue;
      if (count === 2) listener.call(emitter);
      else if (count === 3) listener.call(emitter, a);
      else listener.call(emitter, a, b);
    }
  };

  process.inherits = lib.inherits = function (ctor, superCtor) {
    if (typeof ctor !== 'function' || typeof superCtor !== 'function') {
      const which = typeof ctor !== 'function' ? 'first argument (constructor)'
        : 'second argument (super constructor)';
      throw new TypeError('inherits: the ' + which + ' must be a function');
    }
    ctor.super_ = superCtor;
    ctor.prototype = create(superCtor.prototype);
    ctor.prototype.constructor = ctor;
  };

  Object.assign(process, {
    addListener: EventEmitter.prototype.addListener,
    removeListener: EventEmitter.prototype.removeListener,
    listeners: EventEmitter.prototype.listeners,
    emit: EventEmitter.prototype.emit,
  });
  Object.setPrototypeOf(process, EventEmitter.prototype);
  for (const name of ['addListener', 'removeListener', 'listeners', 'emit']) delete process[name];

  // Errors of the system, as the original worded them.
  lib.systemError = function (errno, text) {
    const error = new Error(text || ops.errorText(errno));
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

  // State of an object that programs hold: no property that they see, list or copy. Where
  // `process.mixin` copies the object, the copy acts on the same state.
  const STATE = lib.STATE = Symbol('state');
  const { hasOwnProperty } = Object.prototype;
  // The state of an object; a new one where its constructor was never called.
  lib.stateOf = function (object, Kind) {
    const state = object[STATE];
    if (state !== undefined && (state.owner === object || hasOwnProperty.call(object, STATE))) return state;
    return object[STATE] = new Kind(object);
  };
  lib.shareState = function (target, source) {
    if (hasOwnProperty.call(source, STATE) && !hasOwnProperty.call(target, STATE)) {
      Reflect.set(target, STATE, source[STATE]);
    }
  };

  // What has a number in Rust: states of connections and servers, children.
  const streams = lib.streams = [];
  hooks.accept = (server, id, address) => streams[server].accept(id, address);
  hooks.connected = (id) => streams[id].connected();
  hooks.data = (id, data) => streams[id].data(data);
  hooks.end = (id) => streams[id].end();
  hooks.drain = (id) => streams[id].drain();
  hooks.idle = (id) => streams[id].idle();
  hooks.head = (id, head, start, target, flags) => streams[id].head(head, start, target, flags);
  hooks.body = (id, data) => streams[id].body(data);
  hooks.complete = (id) => streams[id].complete();
  hooks.exited = (id, code, signal) => {
    const child = streams[id];
    streams[id] = undefined;
    child.exited(code, signal);
  };
  hooks.closed = (id, errno, text) => {
    const stream = streams[id];
    streams[id] = undefined;
    stream.closed(errno, text);
  };

  const dirty = [];
  lib.flushSoon = function (message) {
    dirty.push(message);
    ops.flushSoon();
  };
  // Whether nothing is left to flush once `message`, which came last, is sent.
  lib.flushed = function (message) {
    if (dirty[dirty.length - 1] === message) dirty.pop();
    return dirty.length === 0;
  };
  hooks.flush = function () {
    while (dirty.length > 0) dirty.shift().flush();
  };

  // Libraries: made when they are first asked for.
  const factories = lib.factories = Object.create(null);
  lib.define = (name, factory) => { factories[name] = factory; };
})
