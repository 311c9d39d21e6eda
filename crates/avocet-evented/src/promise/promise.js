// process.Promise and the loops inside loops that wait() makes.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { EventEmitter, process } = lib;

  function Promise() {}
  lib.inherits(Promise, EventEmitter);
  lib.Promise = process.Promise = Promise;

  Promise.prototype.addCallback = function (listener) {
    this.addListener('success', listener);
    return this;
  };
  Promise.prototype.addErrback = function (listener) {
    this.addListener('error', listener);
    return this;
  };
  Promise.prototype.addCancelback = function (listener) {
    this.addListener('cancel', listener);
    return this;
  };

  function stopTimeout(promise) {
    if (promise._timer) {
      lib.clearTimeout(promise._timer);
      promise._timer = undefined;
    }
  }

  function fire(promise, type, values) {
    if (promise.hasFired) return;
    promise.emit.apply(promise, [type].concat(values));
  }

  // The event ends the timeout and is the only one, whoever emits it.
  Promise.prototype.emit = function (type) {
    if (type === 'success' || type === 'error') this.hasFired = true;
    else if (type !== 'cancel') return EventEmitter.prototype.emit.apply(this, arguments);
    stopTimeout(this);
    return EventEmitter.prototype.emit.apply(this, arguments);
  };

  Promise.prototype.emitSuccess = function () {
    fire(this, 'success', Array.prototype.slice.call(arguments));
  };
  Promise.prototype.emitError = function () {
    fire(this, 'error', Array.prototype.slice.call(arguments));
  };
  Promise.prototype.emitCancel = function () {
    this.emit.apply(this, ['cancel'].concat(Array.prototype.slice.call(arguments)));
  };

  Promise.prototype.cancel = function () {
    if (this._cancelled) return;
    this._cancelled = true;
    if (this._events) {
      delete this._events.success;
      delete this._events.error;
    }
    this.emitCancel();
  };

  Promise.prototype.timeout = function (ms) {
    if (ms === undefined) return this._timeout;
    this._timeout = ms;
    stopTimeout(this);
    if (!this.hasFired) {
      this._timer = lib.setTimeout(() => {
        this._timer = undefined;
        this.emitError(new Error('timeout'));
      }, ms);
    }
    return this;
  };

  // Entries of those who wait, the innermost last.
  const stack = [];
  const top = () => stack[stack.length - 1];

  // Levels that process.unloop() asked to leave: one, or all of them.
  const ONE = 1, ALL = 2;
  let leaving = 0;
  function begin() {
    leaving = 0;
    ops.unloop(false);
  }
  // Whether this level shall be left, in which case the request for one is answered.
  function isLeft() {
    const left = leaving !== 0;
    if (leaving === ONE) leaving = 0;
    return left;
  }
  // The level outside may be done as well.
  function end() {
    if (leaving === ALL || (stack.length > 0 && !top().blocking)) ops.unloop(true);
  }

  Promise.prototype.wait = function () {
    const entry = { blocking: true };
    let values, failed = false;
    const settle = (list, error) => {
      if (!entry.blocking) return;
      values = Array.prototype.slice.call(list);
      failed = error;
      entry.blocking = false;
      // A level that is not the innermost comes back only after those inside it.
      if (top() === entry) ops.unloop(true);
    };
    this.addCallback(function () { settle(arguments, false); });
    this.addErrback(function () { settle(arguments, true); });

    stack.push(entry);
    if (stack.length === 11) {
      process.stdio.writeError('WARNING: promise.wait() is being called too often.\n');
    }
    begin();
    try {
      while (entry.blocking && lib.runLoop() && !isLeft());
    } finally {
      stack.pop();
      end();
    }

    if (entry.blocking) throw new Error('assertion error');
    if (failed) {
      if (values[0]) throw values[0];
      throw new Error('Promise completed with error (No arguments given.)');
    }
    return values.length <= 1 ? values[0] : values;
  };

  process.loop = function () {
    // A promise that waits further out does not end this level.
    stack.push({ blocking: true });
    begin();
    try {
      lib.runLoop();
    } finally {
      isLeft();
      stack.pop();
      end();
    }
  };
  process.unloop = function (how) {
    leaving = how === 'all' ? ALL : ONE;
    ops.unloop(true);
  };
})
