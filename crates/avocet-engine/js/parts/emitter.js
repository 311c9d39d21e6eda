(function emitterPart(binding) {
  'use strict';

  const { failure } = binding;

  binding.define('node:events', () => {
    const REJECTION = Symbol.for('nodejs.rejection');
    const ERROR_MONITOR = Symbol('events.errorMonitor');

    function checkListener(listener) {
      if (typeof listener !== 'function') throw binding.wrongType('listener', 'of type function', listener);
    }

    /** The listeners by event, made on first use, so that subclasses need not call `super`. */
    function table(emitter) {
      if (!Object.hasOwn(emitter, '_events') || emitter._events === undefined) {
        binding.put(emitter, '_events', { __proto__: null });
      }
      return emitter._events;
    }

    function add(emitter, name, listener, first) {
      checkListener(listener);
      const events = table(emitter);
      if (events.newListener !== undefined) emitter.emit('newListener', name, listener.listener ?? listener);
      const list = events[name];
      // Lists are replaced, never changed: a running `emit` keeps the one it began with.
      if (list === undefined) events[name] = [listener];
      else events[name] = first ? [listener, ...list] : [...list, listener];
      warnOfLeak(emitter, name, events[name]);
      return emitter;
    }

    function warnOfLeak(emitter, name, list) {
      const max = emitter.getMaxListeners();
      if (max > 0 && list.length > max && !list.warned) {
        Object.defineProperty(list, 'warned', { value: true });
        if (list.length === max + 1) {
          binding.print('warn', 'MaxListenersExceededWarning: Possible EventEmitter memory leak detected. '
            + `${list.length} ${String(name)} listeners added to ${emitter.constructor?.name}. `
            + `MaxListeners is ${max}. Use emitter.setMaxListeners() to increase limit`);
        }
      }
    }

    function onceWrapper(emitter, name, listener) {
      checkListener(listener);
      let fired = false;
      function wrapped(...args) {
        if (fired) return undefined;
        fired = true;
        emitter.removeListener(name, wrapped);
        return listener.apply(emitter, args);
      }
      wrapped.listener = listener;
      return wrapped;
    }

    function unhandled(error) {
      if (error instanceof Error) return error;
      const text = typeof error === 'string' ? `'${error}'` : binding.inspect(error);
      const wrapped = failure(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${text})`);
      wrapped.context = error;
      return wrapped;
    }

    function EventEmitter(options) {
      if (options?.captureRejections) binding.put(this, '_captureRejections', true);
    }

    function call(emitter, listener, name, args) {
      const result = listener.apply(emitter, args);
      if (!emitter._captureRejections || typeof result?.then !== 'function') return;
      result.then(undefined, (error) => {
        if (typeof emitter[REJECTION] === 'function') emitter[REJECTION](error, name, ...args);
        else emitter.emit('error', error);
      });
    }

    const methods = {
      on(name, listener) { return add(this, name, listener, false); },
      addListener(name, listener) { return add(this, name, listener, false); },
      prependListener(name, listener) { return add(this, name, listener, true); },
      once(name, listener) { return this.on(name, onceWrapper(this, name, listener)); },
      prependOnceListener(name, listener) { return this.prependListener(name, onceWrapper(this, name, listener)); },
      off(name, listener) { return this.removeListener(name, listener); },
      removeListener(name, listener) {
        checkListener(listener);
        const events = table(this);
        const list = events[name];
        if (list === undefined) return this;
        const at = list.findLastIndex((each) => each === listener || each.listener === listener);
        if (at < 0) return this;
        if (list.length === 1) delete events[name];
        else events[name] = list.filter((_, i) => i !== at);
        if (events.removeListener !== undefined) this.emit('removeListener', name, listener.listener ?? listener);
        return this;
      },
      removeAllListeners(name) {
        const events = table(this);
        if (events.removeListener !== undefined) {
          for (const key of name === undefined ? this.eventNames() : [name]) {
            if (key === 'removeListener') continue;
            for (const listener of [...(events[key] ?? [])].reverse()) this.removeListener(key, listener);
          }
        }
        if (name === undefined) this._events = { __proto__: null };
        else delete events[name];
        return this;
      },
      emit(name, ...args) {
        const events = table(this);
        if (name === 'error') events[ERROR_MONITOR]?.forEach((listener) => listener.apply(this, args));
        const list = events[name];
        if (list === undefined) {
          if (name === 'error') throw unhandled(args[0]);
          return false;
        }
        for (const listener of list) call(this, listener, name, args);
        return true;
      },
      listenerCount(name, listener) {
        const list = table(this)[name] ?? [];
        if (listener === undefined) return list.length;
        return list.filter((each) => each === listener || each.listener === listener).length;
      },
      listeners(name) { return (table(this)[name] ?? []).map((each) => each.listener ?? each); },
      rawListeners(name) { return [...(table(this)[name] ?? [])]; },
      eventNames() { return Reflect.ownKeys(table(this)); },
      setMaxListeners(count) {
        if (typeof count !== 'number' || Number.isNaN(count) || count < 0) {
          throw failure(RangeError, 'ERR_OUT_OF_RANGE',
            `The value of "n" is out of range. It must be a non-negative number. Received ${binding.inspect(count)}`);
        }
        binding.put(this, '_maxListeners', count);
        return this;
      },
      getMaxListeners() { return this._maxListeners ?? EventEmitter.defaultMaxListeners; },
    };
    for (const name in methods) {
      Object.defineProperty(EventEmitter.prototype, name, {
        value: methods[name], writable: true, enumerable: true, configurable: true,
      });
    }

    /** A promise of the arguments of the next `name`; rejected by an `error` before it. */
    function once(emitter, name, options) {
      return new Promise((resolve, reject) => {
        const web = typeof emitter.addEventListener === 'function';
        function listen(event, listener) {
          if (web) emitter.addEventListener(event, listener, { once: true });
          else emitter.once(event, listener);
        }
        function forget(event, listener) {
          if (web) emitter.removeEventListener(event, listener);
          else emitter.removeListener(event, listener);
        }
        const onAbort = () => { cleanUp(); reject(options.signal.reason); };
        const onError = (error) => { cleanUp(); reject(error); };
        const onEvent = (...args) => { cleanUp(); resolve(args); };
        function cleanUp() {
          forget(name, onEvent);
          if (name !== 'error' && !web) forget('error', onError);
          options?.signal?.removeEventListener('abort', onAbort);
        }
        if (options?.signal?.aborted) {
          reject(options.signal.reason);
          return;
        }
        options?.signal?.addEventListener('abort', onAbort);
        listen(name, onEvent);
        if (name !== 'error' && !web) listen('error', onError);
      });
    }

    /** An async iterator over the arguments of every `name`. */
    function on(emitter, name, options) {
      const waiting = [];
      const ready = [];
      let failed = null;
      const settle = () => {
        while (waiting.length > 0 && (ready.length > 0 || failed !== null)) {
          const { resolve, reject } = waiting.shift();
          if (ready.length > 0) resolve({ value: ready.shift(), done: false });
          else reject(failed);
        }
      };
      const onEvent = (...args) => { ready.push(args); settle(); };
      const onError = (error) => { failed = error; settle(); };
      emitter.on(name, onEvent);
      if (name !== 'error') emitter.on('error', onError);
      options?.signal?.addEventListener('abort', () => onError(options.signal.reason), { once: true });
      return {
        next: () => new Promise((resolve, reject) => { waiting.push({ resolve, reject }); settle(); }),
        return() {
          emitter.removeListener(name, onEvent);
          emitter.removeListener('error', onError);
          for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
          return Promise.resolve({ value: undefined, done: true });
        },
        [Symbol.asyncIterator]() { return this; },
      };
    }

    const statics = {
      EventEmitter, defaultMaxListeners: 10, once, on, captureRejectionSymbol: REJECTION,
      errorMonitor: ERROR_MONITOR, usingDomains: false,
      listenerCount: (emitter, name) => emitter.listenerCount(name),
      getEventListeners: (emitter, name) => emitter.listeners(name),
    };
    Object.assign(EventEmitter, statics);
    return EventEmitter;
  });
})
