(function scopePart(binding) {
  'use strict';

  const { ops } = binding;
  const { async_get: asyncGet, async_set: asyncSet, current_call: currentCall } = ops;

  // Which call, and inside it which span, JavaScript runs for: a call's number or a Frame; 0 is
  // none. With `async_get` and `async_set` V8 keeps it across `await`; with `current_call` it keeps
  // the call; with neither, what is known is the part before the first `await`, and the only call
  // in flight where there is just one.
  const kept = typeof asyncGet === 'function';
  const told = kept || typeof currentCall === 'function';
  let now = 0;
  // Frames by call that stay until a promise settles, where V8 does not keep them.
  let held = null;
  binding.onStart(() => {
    held = new Map();
  });

  /** A call with the span that is active in it. Rust reads `call`. */
  class Frame {
    constructor(call, span) {
      this.call = call;
      this.span = span;
    }
  }

  function get() {
    if (kept) {
      const value = asyncGet();
      // A call's number has a half added: V8 keeps objects there, and integers are none.
      return typeof value === 'number' ? Math.floor(value) : value ?? 0;
    }
    if (now !== 0) return now;
    const call = told ? currentCall() : onlyCall();
    return held.get(call)?.at(-1) ?? call;
  }

  function onlyCall() {
    return binding.flying.size === 1 ? binding.flying.keys().next().value : 0;
  }

  /**
   * The frame is its call's until the promise settles. Where V8 keeps frames there is nothing to
   * do; else overlapping ones of one call nest in the order in which they began.
   */
  function hold(frame, promise) {
    if (kept) return;
    const frames = held.get(frame.call) ?? [];
    held.set(frame.call, frames);
    frames.push(frame);
    const drop = () => {
      frames.splice(frames.indexOf(frame), 1);
      if (frames.length === 0) held.delete(frame.call);
    };
    promise.then(drop, drop);
  }

  function set(value) {
    if (kept) asyncSet(typeof value === 'number' ? value + 0.5 : value);
    else now = value;
  }

  binding.scope = {
    Frame,
    get,
    set,
    hold,
    /** Whether Rust says at the beginning of each call which it is, so that JavaScript need not. */
    told,
    /** The number of the call that runs; 0 where it is not known. */
    call() {
      const value = get();
      return typeof value === 'number' ? value : value.call;
    },
    /** The span that is active; null where there is none. */
    span() {
      const value = get();
      return typeof value === 'number' ? null : value.span;
    },
    run(value, work, argument) {
      const before = kept ? get() : now;
      set(value);
      try {
        return work(argument);
      } finally {
        set(before);
      }
    },
  };

  binding.timerOwner = get;
  binding.withOwner = binding.scope.run;

  // Console output goes to the log of the call that wrote it.
  binding.print = (level, text) => ops.log(binding.scope.call(), level, text);
})
