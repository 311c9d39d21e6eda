'use strict';
const { randomUUID } = require('node:crypto');

/** A CloudEvent 1.0 as a plain object, ready for the structured mode. */
function buildEvent(type, source, data, attributes = {}) {
  if (typeof type !== 'string' || type === '') throw new TypeError('emitCloudEvent: type must be a string that is not empty');
  if (typeof source !== 'string' || source === '') throw new TypeError('emitCloudEvent: source must be a string that is not empty');
  const event = {
    specversion: '1.0', id: randomUUID(), time: new Date().toISOString(), type, source,
    ...Object.fromEntries(Object.entries(attributes ?? {}).filter(([, value]) => value !== undefined)),
  };
  if (data === undefined) return event;
  if (Buffer.isBuffer(data) || ArrayBuffer.isView(data)) {
    event.datacontenttype ??= 'application/octet-stream';
    event.data_base64 = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  } else {
    event.datacontenttype ??= typeof data === 'string' ? 'text/plain' : 'application/json';
    event.data = data;
  }
  return event;
}

/** The data of a structured event, as the contract hands it to functions. */
function dataOf(envelope) {
  if (envelope.data_base64 !== undefined && envelope.data_base64 !== null) {
    const bytes = Buffer.from(String(envelope.data_base64), 'base64');
    const type = String(envelope.datacontenttype ?? '').toLowerCase();
    if (/^application\/json\b|\+json\b/.test(type)) return JSON.parse(bytes.toString('utf8'));
    return type.startsWith('text/') ? bytes.toString('utf8') : bytes;
  }
  return envelope.data;
}

module.exports = { buildEvent, dataOf };
