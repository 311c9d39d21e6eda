(function timersPart(binding) {
  'use strict';

  const { ops, put } = binding;
  const { timer_start: startTimer, timer_stop: stopTimer } = ops;
  const MAX_DELAY = 2 ** 31 - 1;

  let timers = null;
  let lastId = 0;

  binding.onStart(() => {
    timers = new Map();
  });

  class Timer {
    constructor(callback, args, repeat) {
      this.callback = callback;
      this.args = args;
      this.repeat = repeat;
      // What the host wants to know again when the timer fires: the call that set it.
      this.owner = binding.timerOwner();
    }
  }

  /** Hosts replace these two to know for which call a timer runs. */
  binding.timerOwner = () => 0;
  binding.withOwner = (owner, work, timer) => work(timer);

  function start(callback, delay, repeat, args) {
    if (typeof callback !== 'function') throw binding.wrongType('callback', 'of type function', callback);
    let ms = Number(delay);
    if (!(ms >= (repeat ? 1 : 0))) ms = repeat ? 1 : 0;
    if (ms > MAX_DELAY) ms = 1;
    const id = ++lastId;
    timers.set(id, new Timer(callback, args, repeat));
    startTimer(id, Math.trunc(ms), repeat);
    return id;
  }

  function stop(timer) {
    const id = typeof timer === 'number' ? timer : Number(timer);
    if (timers.delete(id)) stopTimer(id);
  }

  function run(timer) {
    try {
      timer.callback.apply(globalThis, timer.args);
    } catch (error) {
      binding.uncaught(error, 'uncaughtException');
    }
  }

  binding.hooks.fireTimer = function fireTimer(id) {
    const timer = timers.get(id);
    if (timer === undefined) return;
    if (!timer.repeat) timers.delete(id);
    binding.withOwner(timer.owner, run, timer);
  };

  put(globalThis, 'setTimeout', function setTimeout(callback, ms, ...args) {
    return start(callback, ms, false, args);
  });
  put(globalThis, 'setInterval', function setInterval(callback, ms, ...args) {
    return start(callback, ms, true, args);
  });
  put(globalThis, 'setImmediate', function setImmediate(callback, ...args) {
    return start(callback, 0, false, args);
  });
  put(globalThis, 'clearTimeout', function clearTimeout(id) { stop(id); });
  put(globalThis, 'clearInterval', function clearInterval(id) { stop(id); });
  put(globalThis, 'clearImmediate', function clearImmediate(id) { stop(id); });

  put(globalThis, 'queueMicrotask', function queueMicrotask(callback) {
    if (typeof callback !== 'function') throw binding.wrongType('callback', 'of type function', callback);
    const owner = binding.timerOwner();
    Promise.resolve().then(() => binding.withOwner(owner, run, { callback, args: [] }));
  });

  binding.timers = { start, stop };
})
