// setTimeout and the like; a timer is an emitter of "timeout".
(function (binding) {
  'use strict';
  const { ops, hooks, lib } = binding;
  const { EventEmitter, process } = lib;
  const started = [];

  function Timer() {
    this._id = -1;
    this.repeat = 0;
  }
  lib.inherits(Timer, EventEmitter);
  process.Timer = Timer;

  const whole = (ms) => {
    const number = Math.trunc(Number(ms));
    return number > 0 ? number : 0;
  };

  Timer.prototype.start = function (after, repeat) {
    this.stop();
    this.repeat = whole(repeat);
    this._id = ops.timer_start(whole(after), this.repeat, !this._weak);
    started[this._id] = this;
  };

  Timer.prototype.stop = function () {
    if (this._id < 0) return;
    ops.timer_stop(this._id);
    started[this._id] = undefined;
    this._id = -1;
  };

  hooks.timer = function (id, last) {
    const timer = started[id];
    if (last) {
      started[id] = undefined;
      timer._id = -1;
    }
    if (timer._callback) timer._callback();
    if (timer._events !== undefined) timer.emit('timeout');
  };

  function schedule(callback, after, repeat) {
    const timer = new Timer();
    if (typeof callback === 'function') timer._callback = callback;
    timer.start(after, repeat);
    return timer;
  }

  lib.weakTimer = function (callback, every) {
    const timer = new Timer();
    timer._weak = true;
    timer._callback = callback;
    timer.start(every, every);
    return timer;
  };

  // Programs may put something else in the place of the global ones; the libraries keep these.
  globalThis.setTimeout = lib.setTimeout = function setTimeout(callback, after) {
    return schedule(callback, after, 0);
  };
  globalThis.setInterval = lib.setInterval = function setInterval(callback, after) {
    return schedule(callback, after, after);
  };
  globalThis.clearTimeout = globalThis.clearInterval = lib.clearTimeout = function clearTimeout(timer) {
    // Programs stop what may never have been started.
    if (!timer) return;
    if (!(timer instanceof Timer)) {
      throw new TypeError('clearTimeout: the argument is not what setTimeout or setInterval gave');
    }
    timer.stop();
  };
})
