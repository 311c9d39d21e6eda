(function eventTargetPart(binding) {
  'use strict';

  const { ops } = binding;

  binding.define('event-target', () => {
    class Event {
      #type;
      #state = { cancelable: false, prevented: false, stopped: false, stoppedNow: false };
      #target = null;
      #current = null;
      #time = ops.now();

      constructor(type, options = undefined) {
        this.#type = `${type}`;
        this.#state.cancelable = Boolean(options?.cancelable);
        this.#state.bubbles = Boolean(options?.bubbles);
        this.#state.composed = Boolean(options?.composed);
      }

      get type() { return this.#type; }

      get target() { return this.#target; }

      get srcElement() { return this.#target; }

      get currentTarget() { return this.#current; }

      get bubbles() { return this.#state.bubbles; }

      get cancelable() { return this.#state.cancelable; }

      get composed() { return this.#state.composed; }

      get defaultPrevented() { return this.#state.prevented; }

      get returnValue() { return !this.#state.prevented; }

      get eventPhase() { return this.#current === null ? 0 : 2; }

      get timeStamp() { return this.#time; }

      get isTrusted() { return false; }

      get cancelBubble() { return this.#state.stopped; }

      preventDefault() { if (this.#state.cancelable) this.#state.prevented = true; }

      stopPropagation() { this.#state.stopped = true; }

      stopImmediatePropagation() { this.#state.stoppedNow = true; }

      composedPath() { return this.#current === null ? [] : [this.#current]; }

      /** Begins (`target`) or ends (null) the delivery of the event. */
      static deliver(event, target) {
        if (target !== null) event.#target = target;
        event.#current = target;
      }

      static isStopped(event) { return event.#state.stoppedNow; }

      get [Symbol.toStringTag]() { return 'Event'; }
    }
    const { deliver, isStopped } = Event;
    delete Event.deliver;
    delete Event.isStopped;
    ['NONE', 'CAPTURING_PHASE', 'AT_TARGET', 'BUBBLING_PHASE'].forEach((name, value) => {
      Object.defineProperty(Event, name, { value, enumerable: true });
      Object.defineProperty(Event.prototype, name, { value, enumerable: true });
    });

    class CustomEvent extends Event {
      #detail;

      constructor(type, options = undefined) {
        super(type, options);
        this.#detail = options?.detail ?? null;
      }

      get detail() { return this.#detail; }
    }

    function callListener(target, listener, event) {
      try {
        if (typeof listener === 'function') listener.call(target, event);
        else listener.handleEvent(event);
      } catch (error) {
        binding.uncaught(error, 'uncaughtException');
      }
    }

    class EventTarget {
      #listeners = null;

      addEventListener(type, listener, options = undefined) {
        if (listener === null || listener === undefined) return;
        const capture = Boolean(typeof options === 'object' ? options?.capture : options);
        const signal = options?.signal;
        if (signal?.aborted) return;
        this.#listeners ??= new Map();
        let list = this.#listeners.get(`${type}`);
        if (list === undefined) this.#listeners.set(`${type}`, list = []);
        if (list.some((each) => each.listener === listener && each.capture === capture)) return;
        list.push({ listener, capture, once: Boolean(options?.once), removed: false });
        signal?.addEventListener('abort', () => this.removeEventListener(type, listener, options), { once: true });
      }

      removeEventListener(type, listener, options = undefined) {
        const capture = Boolean(typeof options === 'object' ? options?.capture : options);
        const list = this.#listeners?.get(`${type}`);
        const at = list?.findIndex((each) => each.listener === listener && each.capture === capture) ?? -1;
        if (at >= 0) list.splice(at, 1)[0].removed = true;
      }

      dispatchEvent(event) {
        if (!(event instanceof Event)) throw new TypeError('The "event" argument must be an instance of Event.');
        if (event.currentTarget !== null) {
          throw new (binding.use('dom-exception').DOMException)('The event is already being dispatched', 'InvalidStateError');
        }
        deliver(event, this);
        const handler = this[`on${event.type}`];
        if (typeof handler === 'function') callListener(this, handler, event);
        for (const each of [...(this.#listeners?.get(event.type) ?? [])]) {
          if (each.removed) continue;
          if (each.once) this.removeEventListener(event.type, each.listener, each.capture);
          callListener(this, each.listener, event);
          if (isStopped(event)) break;
        }
        deliver(event, null);
        return !event.defaultPrevented;
      }

      get [Symbol.toStringTag]() { return 'EventTarget'; }
    }

    return { Event, CustomEvent, EventTarget };
  });

  binding.define('abort', () => {
    const { Event, EventTarget } = binding.use('event-target');
    const KEY = {};

    function abortError() {
      return new (binding.use('dom-exception').DOMException)('This operation was aborted', 'AbortError');
    }

    class AbortSignal extends EventTarget {
      #reason = undefined;
      #aborted = false;

      constructor(key) {
        if (key !== KEY) throw binding.failure(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
        super();
        this.onabort = null;
      }

      get aborted() { return this.#aborted; }

      get reason() { return this.#reason; }

      throwIfAborted() { if (this.#aborted) throw this.#reason; }

      static fire(signal, reason) {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason === undefined ? abortError() : reason;
        signal.dispatchEvent(new Event('abort'));
      }

      static abort(reason = undefined) {
        const signal = new AbortSignal(KEY);
        fire(signal, reason);
        return signal;
      }

      static timeout(ms) {
        const signal = new AbortSignal(KEY);
        setTimeout(() => fire(signal, new (binding.use('dom-exception').DOMException)(
          'The operation was aborted due to timeout', 'TimeoutError')), ms);
        return signal;
      }

      static any(signals) {
        const result = new AbortSignal(KEY);
        for (const signal of signals) {
          if (signal.aborted) {
            fire(result, signal.reason);
            break;
          }
          signal.addEventListener('abort', () => fire(result, signal.reason), { once: true });
        }
        return result;
      }

      get [Symbol.toStringTag]() { return 'AbortSignal'; }
    }
    const { fire } = AbortSignal;
    delete AbortSignal.fire;

    class AbortController {
      #signal = new AbortSignal(KEY);

      get signal() { return this.#signal; }

      abort(reason = undefined) { fire(this.#signal, reason); }

      get [Symbol.toStringTag]() { return 'AbortController'; }
    }

    return { AbortController, AbortSignal };
  });
  binding.globals('abort', ['AbortController', 'AbortSignal']);
})
