(function scopePart(binding) {
  'use strict';

  const { ops } = binding;
  const { current_call: currentCall } = ops;

  // Which call, and inside it which span, JavaScript runs for: a call's number or a Frame; 0 is
  // none. V8 keeps the call across `await` (`current_call`); a frame is kept here.
  let now = 0;
  // Frames by call that stay until a promise settles.
  let held = null;
  binding.onStart(() => {
    held = new Map();
  });

  /** A call with the span that is active in it. */
  class Frame {
    constructor(call, span) {
      this.call = call;
      this.span = span;
    }
  }

  function get() {
    if (now !== 0) return now;
    const call = currentCall();
    return held.get(call)?.at(-1) ?? call;
  }

  /**
   * The frame is its call's until the promise settles; overlapping ones of one call nest in the
   * order in which they began.
   */
  function hold(frame, promise) {
    const frames = held.get(frame.call) ?? [];
    held.set(frame.call, frames);
    frames.push(frame);
    const drop = () => {
      frames.splice(frames.indexOf(frame), 1);
      if (frames.length === 0) held.delete(frame.call);
    };
    promise.then(drop, drop);
  }

  binding.scope = {
    Frame,
    get,
    hold,
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
      const before = now;
      now = value;
      try {
        return work(argument);
      } finally {
        now = before;
      }
    },
  };

  binding.timerOwner = get;
  binding.withOwner = binding.scope.run;

  // Console output goes to the log of the call that wrote it.
  binding.print = (level, text) => ops.log(binding.scope.call(), level, text);
})
