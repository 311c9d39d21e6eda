(function scopePart(binding) {
  'use strict';

  const { ops } = binding;
  const { async_get: asyncGet, async_set: asyncSet } = ops;

  // Which call, and inside it which span, JavaScript runs for: a call's number or a Frame; 0 is
  // none. Where the engine can keep a value across `await` it does; else what is known is the part
  // before the first `await`, and the only call in flight where there is just one.
  let now = 0;

  /** A call with the span that is active in it. */
  class Frame {
    constructor(call, span) {
      this.call = call;
      this.span = span;
    }
  }

  const kept = typeof asyncGet === 'function';

  function get() {
    if (kept) return asyncGet() ?? 0;
    return now === 0 && binding.flying.size === 1 ? binding.flying.keys().next().value : now;
  }

  function set(value) {
    if (kept) asyncSet(value);
    else now = value;
  }

  binding.scope = {
    Frame,
    get,
    set,
    /** Whether Rust tells the engine at the beginning of each call, so that JavaScript need not. */
    kept,
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
      const before = kept ? asyncGet() : now;
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
