'use strict';
// Events that the function publishes: asked of the platform, which knows where they go.
const { Kind } = require('./frames.js');

class Publisher {
  constructor(guest) {
    this.guest = guest;
    this.open = new Map();
    this.next = 1;
  }

  /** Settles as the publisher answered, in the shape of an axios response or error. */
  publish(call, event) {
    const { guest } = this;
    const body = JSON.stringify(event);
    const c = this.next++;
    const head = { c, op: 'events.publish' };
    if (call !== undefined && (guest.tracing || call._span !== null || call.headText.includes('"traceparent"'))) {
      const { traceId, spanId, traceFlags } = call.span.plain;
      head.traceparent = `00-${traceId}-${spanId}-0${traceFlags}`;
    }
    return new Promise((resolve, reject) => {
      this.open.set(c, { resolve, reject });
      guest.out.frame(Kind.hostCall, guest.fn, call?.number ?? 0, JSON.stringify(head), body);
    });
  }

  settled(head, body) {
    const asked = this.open.get(head.c);
    if (asked === undefined) return;
    this.open.delete(head.c);
    const response = { status: head.s, statusText: head.error ?? (head.s === 204 ? 'No Content' : 'OK'), headers: {}, data: body.toString('utf8') };
    if (head.error === undefined && head.s < 400) asked.resolve(response);
    else asked.reject(Object.assign(new Error(`emitCloudEvent: ${head.error ?? `status ${head.s}`}`), { response, status: head.s }));
  }
}

module.exports = { Publisher };
