// Events, and exceptions that nobody caught.
(function (binding) {
  'use strict';
  const { ops, hooks, lib } = binding;
  const { process } = lib;

  // Programs of that time bring an Object.create of their own.
  const { create } = Object;

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
    lib.interrupted();
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
    // An emitter that emits in its own way may listen there.
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
        if (count === 1) ops.call(listener, this);
        else if (count === 2) ops.call(listener, this, a);
        else if (count === 3) ops.call(listener, this, a, b);
        else ops.call(listener, this, ...rest);
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
})
