'use strict';
// Events that the function publishes: asked of the platform, which knows where they go.
const { Kind } = require('./frames.js');

/** The headers of the active span that the platform passes on. */
function activeTrace(guest) {
  const found = {};
  const { carry } = require('./trace/outgoing.js');
  carry(guest, () => false, (name, value) => { found[name] = value; });
  const { traceparent, tracestate, baggage } = found;
  return { traceparent, tracestate, baggage };
}

/** What a client like axios makes of an answer: JSON is parsed, everything else is text. */
function dataOf(body) {
  const text = body.toString('utf8');
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

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
    const head = { c, op: 'events.publish', ...activeTrace(guest) };
    return new Promise((resolve, reject) => {
      this.open.set(c, { resolve, reject });
      guest.out.frame(Kind.hostCall, guest.fn, call?.number ?? 0, JSON.stringify(head), body);
    });
  }

  settled(head, body) {
    const asked = this.open.get(head.c);
    if (asked === undefined) return;
    this.open.delete(head.c);
    const { STATUS_CODES } = require('node:http');
    const response = { status: head.s, statusText: head.error ?? STATUS_CODES[head.s] ?? '', headers: {}, data: dataOf(body) };
    if (head.error === undefined && head.s < 400) asked.resolve(response);
    else asked.reject(Object.assign(new Error(`emitCloudEvent: ${head.error ?? `status ${head.s}`}`), { response, status: head.s }));
  }
}

module.exports = { Publisher };
