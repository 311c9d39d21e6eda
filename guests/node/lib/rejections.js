'use strict';
// Promises that were rejected and that nobody handles yet. A call is what its handler makes of it:
// one that is handled later changes nothing. What is still unhandled when the call ends is logged;
// it fails the call only where nothing is left that could answer it.
const { Leaving } = require('./exit.js');
const { describe } = require('./describe.js');

class Rejections {
  constructor(guest) {
    this.guest = guest;
    this.calls = new Map(); // of promises that belong to calls
  }

  rejected(reason, promise) {
    const { guest } = this;
    if (reason instanceof Leaving) return;
    // The function's own listener has it.
    if (process.listenerCount('unhandledRejection') > 1) return;
    const call = guest.current.getStore()?.call;
    if (call === undefined || call.answered) {
      guest.log(call, 'error', describe(reason, guest.folder));
      return;
    }
    call.rejections ??= new Map();
    call.rejections.set(promise, reason);
    this.calls.set(promise, call);
    if (call.doubt === null) guest.pending.doubt(call, () => this.fail(call));
  }

  handled(promise) {
    const call = this.calls.get(promise);
    if (call === undefined) return;
    this.calls.delete(promise);
    call.rejections.delete(promise);
  }

  /** Nothing is left that could answer the call. */
  fail(call) {
    const [first] = call.rejections ?? [];
    if (first === undefined) {
      call.doubt = null;
      return;
    }
    this.handled(first[0]);
    this.guest.threw(call, first[1]);
  }

  /** The call is over. */
  tell(call) {
    for (const [promise, reason] of call.rejections) {
      this.calls.delete(promise);
      this.guest.log(call, 'error', describe(reason, this.guest.folder));
    }
    call.rejections = null;
  }
}

module.exports = { Rejections };
