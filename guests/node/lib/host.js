'use strict';
// Host services that the function asks for: frames out, and the answers to them.
const { Kind } = require('./frames.js');

/** The headers of the active span that the platform passes on. */
function activeTrace(guest) {
  const found = {};
  const { carry } = require('./trace/outgoing.js');
  carry(guest, () => false, (name, value) => { found[name] = value; });
  const { traceparent, tracestate, baggage } = found;
  return { traceparent, tracestate, baggage };
}

class Host {
  constructor(guest) {
    this.guest = guest;
    this.open = new Map();
    this.next = 1;
  }

  /**
   * Asks the platform.
   * @param {{number: number} | undefined} call
   * @param {{op: string}} head operation and arguments, as `avocet_frames::head::Operation` has them
   * @param {string | Uint8Array | undefined} body
   * @returns {Promise<{status: number, error: string | undefined, value: unknown, body: Buffer}>}
   */
  ask(call, head, body) {
    const { guest } = this;
    const c = this.next++;
    return new Promise((resolve) => {
      this.open.set(c, resolve);
      const text = JSON.stringify({ c, ...head, ...activeTrace(guest) });
      guest.out.frame(Kind.hostCall, guest.fn, call?.number ?? 0, text, body);
    });
  }

  settled(head, body) {
    const resolve = this.open.get(head.c);
    if (resolve === undefined) return;
    this.open.delete(head.c);
    resolve({ status: head.s, error: head.error, value: head.v, body });
  }
}

module.exports = { Host };
