'use strict';
// The `event` of the handler contract: what the call carries, read when the function looks at it.
const { buildEvent } = require('./cloudevents.js');

/** Sets an own property in place of the prototype's getter. */
function own(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: true });
  return value;
}

/** Request and response come into being when they are looked at. */
class Extensions {
  #call;
  constructor(call) { this.#call = call; }
  get request() { return this.#call.req; }
  set request(value) { own(this, 'request', value); }
  get response() { return this.#call.res; }
  set response(value) { own(this, 'response', value); }
}

class Event {
  #call;

  constructor(call) {
    this.#call = call;
    if (call.hasData) this.data = call.data;
    this.extensions = new Extensions(call);
  }

  get tracer() { return this.#call.guest.tracer; }
  set tracer(value) { own(this, 'tracer', value); }

  /** Made for the first use, with the call inside: `const { emitCloudEvent } = event` works. */
  static method(name, make) {
    Object.defineProperty(Event.prototype, name, {
      configurable: true,
      enumerable: true,
      get() { return own(this, name, make(this.#call, this)); },
      set(value) { own(this, name, value); },
    });
  }
}

for (const name of ['request', 'response']) Object.defineProperty(Extensions.prototype, name, { enumerable: true });
Object.defineProperty(Event.prototype, 'tracer', { enumerable: true });

Event.method('setResponseHeader', (call) => (name, value) => { call.res.set(name, value); });
Event.method('setResponseContentType', (call) => (type) => { call.res.type(type); });
Event.method('setResponseStatus', (call) => (status) => { call.res.status(status); });

// Builds a CloudEvent 1.0 and publishes it; resolves to {status, statusText, data, headers}.
Event.method('emitCloudEvent', (call) => async (type, source, data, attributes) => (
  call.guest.publish(call, buildEvent(type, source, data, attributes))));

// Deprecated, both: emitCloudEvent does their work.
Event.method('publishCloudEvent', (call) => async (event) => {
  call.guest.deprecated('publishCloudEvent', 'emitCloudEvent');
  return call.guest.publish(call, event);
});
Event.method('buildResponseCloudEvent', (call, event) => (id, type, data) => {
  call.guest.deprecated('buildResponseCloudEvent', 'emitCloudEvent');
  return buildEvent(type, event['ce-source'] ?? '/', data, { id, eventtypeversion: event['ce-eventtypeversion'] });
});

/** The event of a call. Attributes of a CloudEvent are own fields: absent where it is none. */
function createEvent(call) {
  const event = new Event(call);
  if (call.envelope !== null) fromEnvelope(event, call.envelope);
  else if (call.headText.includes('"ce-')) fromHeaders(event, call.head.h);
  return event;
}

function fromEnvelope(event, envelope) {
  for (const name of Object.keys(envelope)) {
    const value = envelope[name];
    if (name === 'data' || name === 'data_base64' || value === null || value === undefined) continue;
    event[`ce-${name}`] = typeof value === 'string' ? value : String(value);
  }
}

function fromHeaders(event, flat) {
  let type;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i];
    if (name.charCodeAt(0) !== 99 /* c */) continue;
    if (name.startsWith('ce-')) event[name] = decodeAttribute(flat[i + 1]);
    else if (name === 'content-type') type = flat[i + 1];
  }
  // The HTTP binding §3.1.1: in binary mode the content type is `datacontenttype`.
  if (type !== undefined && event['ce-id'] !== undefined) event['ce-datacontenttype'] ??= type;
}

/** Quotes and percent-encoding of header values by the HTTP binding §3.1.3.2; what is malformed stays. */
function decodeAttribute(value) {
  const quoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  const text = quoted ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

module.exports = { createEvent };
