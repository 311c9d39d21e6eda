'use strict';
// The module `avocet`: the host services of the function. Each call gives a promise.

// Objects up to this size (bytes) travel in one piece, longer ones in pieces of PIECE.
const ONCE = 1024 * 1024;
const PIECE = 256 * 1024;
const NOT_FOUND = 404;

let guest = null;

/** The worker says which function this process holds. */
function attach(to) { guest = to; }

const name = (about) => (about === '' ? '' : ` ${about}`);
const quoted = (text) => JSON.stringify(text);

function wrong(call, about, why) {
  return new TypeError(`${call}${name(about)}: ${why}`);
}

function failed(call, about, { status, error }) {
  return Object.assign(new Error(`${call}${name(about)}: ${error ?? `the platform answered ${status}`}`), { status });
}

function send(head, body) {
  const store = guest.current.getStore();
  return guest.host.ask(store?.call ?? store, head, body);
}

/** Asks; throws where the platform could not do it. */
async function ask(call, about, head, body) {
  const reply = await send(head, body);
  if (reply.error !== undefined || reply.status >= 400) throw failed(call, about, reply);
  return reply;
}

function needText(call, what, value) {
  if (typeof value === 'string') return value;
  throw wrong(call, '', `the ${what} must be a string, not ${value === null ? 'null' : typeof value}`);
}

/** A payload: text and bytes as they are, anything else as JSON. */
function encode(call, about, value) {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value === undefined) throw wrong(call, about, 'the value is missing');
  let json;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw wrong(call, about, `the value cannot be written as JSON: ${error.message}`);
  }
  if (json === undefined) throw wrong(call, about, `a ${typeof value} cannot be written as JSON`);
  return Buffer.from(json);
}

/** A copy: the frame's own buffer is much larger. */
const bytesOf = (body) => new Uint8Array(body);

function optional(call, about, options, field, type) {
  const value = options?.[field];
  if (value === undefined || value === null) return undefined;
  if (type === 'string' ? typeof value === 'string' : Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong(call, about, `${field} must be ${type === 'string' ? 'a string' : 'a whole number from 0'}`);
}

const kv = {
  async get(key) {
    const about = quoted(needText('kv.get', 'key', key));
    return bytesOf((await ask('kv.get', about, { op: 'kv.get', key })).body);
  },
  async getWithMetadata(key) {
    const op = 'kv.getWithMetadata';
    const about = quoted(needText(op, 'key', key));
    const reply = await send({ op, key });
    if (reply.status === NOT_FOUND) return null;
    if (reply.error !== undefined) throw failed(op, about, reply);
    return { value: bytesOf(reply.body), ...reply.value };
  },
  async set(key, value, options) {
    const about = quoted(needText('kv.set', 'key', key));
    const body = encode('kv.set', about, value);
    const ttl = optional('kv.set', about, options, 'ttl', 'number');
    const ifRevision = optional('kv.set', about, options, 'ifRevision', 'number');
    await ask('kv.set', about, { op: 'kv.set', key, ttl, ifRevision }, body);
  },
  async delete(key) {
    await ask('kv.delete', quoted(needText('kv.delete', 'key', key)), { op: 'kv.delete', key });
  },
  async keys() {
    return (await ask('kv.keys', '', { op: 'kv.keys' })).value;
  },
  async list(options) {
    const prefix = optional('kv.list', '', options, 'prefix', 'string');
    const limit = optional('kv.list', '', options, 'limit', 'number');
    const cursor = optional('kv.list', '', options, 'cursor', 'string');
    return (await ask('kv.list', quoted(prefix ?? ''), { op: 'kv.list', prefix, limit, cursor })).value;
  },
  async increment(key, by = 1) {
    const about = quoted(needText('kv.increment', 'key', key));
    if (!Number.isSafeInteger(by)) throw wrong('kv.increment', about, 'the number to add must be a whole number');
    return (await ask('kv.increment', about, { op: 'kv.increment', key, by })).value;
  },
};

const objects = {
  async put(object, data) {
    const call = 'objects.put';
    const about = quoted(needText(call, 'name', object));
    const bytes = encode(call, about, data);
    if (bytes.byteLength <= ONCE) return (await ask(call, about, { op: call, name: object }, bytes)).value;
    const transfer = (await ask(call, about, { op: 'objects.begin', name: object })).value;
    for (let at = 0; at < bytes.byteLength; at += PIECE) {
      await ask(call, about, { op: 'objects.write', transfer }, bytes.subarray(at, at + PIECE));
    }
    return (await ask(call, about, { op: 'objects.commit', transfer })).value;
  },
  async get(object) {
    const call = 'objects.get';
    const about = quoted(needText(call, 'name', object));
    let { body, value: { info, transfer } } = await ask(call, about, { op: call, name: object });
    if (transfer === null) return bytesOf(body);
    const all = new Uint8Array(info.size);
    for (let at = 0; body.byteLength > 0; { body } = await ask(call, about, { op: 'objects.read', transfer })) {
      all.set(body, at);
      at += body.byteLength;
    }
    return all;
  },
  async delete(object) {
    const about = quoted(needText('objects.delete', 'name', object));
    await ask('objects.delete', about, { op: 'objects.delete', name: object });
  },
  async list() {
    return (await ask('objects.list', '', { op: 'objects.list' })).value;
  },
};

const messaging = {
  async publish(subject, payload) {
    const op = 'messaging.publish';
    const about = quoted(needText(op, 'subject', subject));
    await ask(op, about, { op, subject }, encode(op, about, payload));
  },
  async request(subject, payload) {
    const op = 'messaging.request';
    const about = quoted(needText(op, 'subject', subject));
    return bytesOf((await ask(op, about, { op, subject }, encode(op, about, payload))).body);
  },
  async requestMany(subject, payload) {
    const op = 'messaging.requestMany';
    const about = quoted(needText(op, 'subject', subject));
    const { value, body } = await ask(op, about, { op, subject }, encode(op, about, payload));
    let at = 0;
    return value.map((length) => {
      at += length;
      return bytesOf(body.subarray(at - length, at));
    });
  },
};

function flatHeaders(call, url, headers) {
  const out = [];
  if (headers === undefined || headers === null) return out;
  if (typeof headers !== 'object') throw wrong(call, url, 'headers must be an object');
  for (const key of Object.keys(headers)) {
    for (const value of [headers[key]].flat()) {
      if (!['string', 'number', 'boolean'].includes(typeof value)) {
        throw wrong(call, url, `the header ${quoted(key)} must be a string`);
      }
      out.push(key, String(value));
    }
  }
  return out;
}

/** Headers of an answer: each is found by its name in any case. */
function headersOf(flat) {
  const all = {};
  for (let at = 0; at < flat.length; at += 2) {
    const key = flat[at];
    const value = Object.hasOwn(all, key) ? `${all[key]}, ${flat[at + 1]}` : flat[at + 1];
    Object.defineProperty(all, key, { value, writable: true, enumerable: true, configurable: true });
  }
  const own = (target, key) => (typeof key === 'string' && !(key in target) ? key.toLowerCase() : key);
  return new Proxy(all, {
    get: (target, key) => target[own(target, key)],
    has: (target, key) => own(target, key) in target,
  });
}

async function request(call, method, url, body, options) {
  const target = url instanceof URL ? url.href : needText(call, 'URL', url);
  const payload = body === undefined || body === null ? undefined : encode(call, target, body);
  const timeout = optional(call, target, options, 'timeout', 'number');
  const headers = flatHeaders(call, target, options?.headers);
  const reply = await ask(call, target, { op: 'http.request', method, url: target, headers, timeout }, payload);
  const bytes = bytesOf(reply.body);
  const response = bytes.byteLength === 0 ? null : reply.body.toString('utf8');
  return { status: reply.value.status, headers: headersOf(reply.value.headers), response, bytes };
}

const http = {};
for (const method of ['get', 'head']) {
  http[method] = async (url, options) => request(`http.${method}`, method.toUpperCase(), url, undefined, options);
}
for (const method of ['post', 'put', 'patch', 'del', 'delete']) {
  const verb = method === 'del' ? 'DELETE' : method.toUpperCase();
  http[method] = async (url, body, options) => request(`http.${method}`, verb, url, body, options);
}

for (const service of [kv, objects, messaging, http]) Object.freeze(service);
const objectStore = objects;

module.exports = { kv, objects, objectStore, messaging, http };
Object.defineProperty(module.exports, 'attach', { value: attach });
