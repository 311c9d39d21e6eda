'use strict';
// The `event` of the handler contract: an object whose fields are read from the call's head and
// body when the function looks at them.
const { buildEvent, ATTRIBUTES } = require('./cloudevents.js');

/** Sets an own property in place of the prototype's getter. */
function own(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: true });
  return value;
}

function field(prototype, name, read) {
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable: true,
    get() {
      const value = read(this);
      return value === undefined ? undefined : own(this, name, value);
    },
    set(value) { own(this, name, value); },
  });
}

/** Reads a CloudEvents attribute: from the structured body where there is one, else the headers. */
function attribute(event, name) {
  const envelope = event._call.envelope;
  if (envelope !== null) {
    const value = envelope[name];
    return value === undefined || value === null ? undefined : String(value);
  }
  const value = event._call.req.headers[`ce-${name}`];
  if (value === undefined) {
    return name === 'datacontenttype' && event._call.req.headers['ce-id'] !== undefined
      ? event._call.req.headers['content-type'] : undefined;
  }
  return value.includes('%') ? decodePercent(value) : value;
}

/** Percent-decoding of header values by the HTTP binding §3.1.3.2; what is malformed stays. */
function decodePercent(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

class Event {
  constructor(call) {
    Object.defineProperty(this, '_call', { value: call });
    if (call.hasData) this.data = call.data;
  }

  setResponseHeader(name, value) { this._call.res.set(name, value); }
  setResponseContentType(type) { this._call.res.type(type); }
  setResponseStatus(status) { this._call.res.status(status); }

  /** Builds a CloudEvent 1.0 and publishes it; resolves to `{status, statusText, data, headers}`. */
  emitCloudEvent(type, source, data, attributes) {
    return this._call.guest.publish(this._call, buildEvent(type, source, data, attributes));
  }

  /** @deprecated use emitCloudEvent */
  publishCloudEvent(event) {
    this._call.guest.deprecated('publishCloudEvent', 'emitCloudEvent');
    return this._call.guest.publish(this._call, event);
  }

  /** @deprecated use emitCloudEvent */
  buildResponseCloudEvent(id, type, data) {
    this._call.guest.deprecated('buildResponseCloudEvent', 'emitCloudEvent');
    return buildEvent(type, this['ce-source'], data, { id, eventtypeversion: this['ce-eventtypeversion'] });
  }
}

for (const name of ATTRIBUTES) field(Event.prototype, `ce-${name}`, (event) => attribute(event, name));
field(Event.prototype, 'tracer', (event) => event._call.guest.tracer(event._call));
field(Event.prototype, 'extensions', (event) => {
  const call = event._call;
  const extensions = {};
  Object.defineProperty(extensions, 'request', {
    configurable: true, enumerable: true, get: () => call.req,
  });
  Object.defineProperty(extensions, 'response', {
    configurable: true, enumerable: true, get: () => call.res,
  });
  return extensions;
});
for (const name of ['setResponseHeader', 'setResponseContentType', 'setResponseStatus',
  'emitCloudEvent', 'publishCloudEvent', 'buildResponseCloudEvent']) {
  Object.defineProperty(Event.prototype, name, { enumerable: true });
}

/**
 * The event of a call. Extension attributes become fields of their own; the well-known ones are
 * getters of the prototype, so that an event without them costs nothing.
 */
function createEvent(call) {
  const event = new Event(call);
  if (call.envelope !== null) {
    for (const name of Object.keys(call.envelope)) {
      if (name !== 'data' && name !== 'data_base64' && !ATTRIBUTES.includes(name)) {
        event[`ce-${name}`] = String(call.envelope[name]);
      }
    }
  } else {
    const flat = call.head.h;
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i];
      if (name.charCodeAt(0) === 99 && name.startsWith('ce-') && !(name in Event.prototype)) {
        event[name] = decodePercent(flat[i + 1]);
      }
    }
  }
  return event;
}

module.exports = { createEvent };
