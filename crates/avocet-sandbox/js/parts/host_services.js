(function hostServicesPart(binding) {
  'use strict';

  const { stringify } = JSON;
  const { ArrayBuffer, Uint8Array, String } = globalThis;
  const { freeze } = Object;

  // Objects up to this size (bytes) travel in one piece, longer ones in pieces of PIECE.
  const ONCE = 1024 * 1024;
  const PIECE = 256 * 1024;

  // Each call of a service is written once, as a generator: it yields what it asks the platform,
  // `[head, body]`, and gets the reply. One driver waits for replies, the other gives a promise.

  const name = (text) => (text === '' ? '' : ` ${text}`);
  const quoted = (text) => stringify(text);

  function wrong(call, about, why) {
    return new TypeError(`${call}${name(about)}: ${why}`);
  }

  function failed(call, about, { status, error }) {
    const failure = new Error(`${call}${name(about)}: ${error ?? `the platform answered ${status}`}`);
    failure.status = status;
    return failure;
  }

  /** Asks; throws where the platform could not do it. */
  function* ask(call, about, head, body = null) {
    const reply = yield [head, body];
    if (reply.error !== null || reply.status >= 400) throw failed(call, about, reply);
    return reply;
  }

  function needText(call, what, value) {
    if (typeof value === 'string') return value;
    throw wrong(call, '', `the ${what} must be a string, not ${value === null ? 'null' : typeof value}`);
  }

  /** A payload: text and bytes as they are, anything else as JSON. */
  function encode(call, about, value) {
    if (typeof value === 'string' || value instanceof Uint8Array || value instanceof ArrayBuffer) return value;
    if (value === undefined) throw wrong(call, about, 'the value is missing');
    let json;
    try {
      json = stringify(value);
    } catch (error) {
      throw wrong(call, about, `the value cannot be written as JSON: ${error.message}`);
    }
    if (json === undefined) throw wrong(call, about, `a ${typeof value} cannot be written as JSON`);
    return json;
  }

  const bytesOf = (body) => (body === null ? new Uint8Array(0) : new Uint8Array(body));
  const NOT_FOUND = 404;

  function optional(call, about, options, field, type) {
    const value = options?.[field];
    if (value === undefined || value === null) return undefined;
    if (type === 'string' ? typeof value === 'string' : Number.isSafeInteger(value) && value >= 0) return value;
    throw wrong(call, about, `${field} must be ${type === 'string' ? 'a string' : 'a whole number from 0'}`);
  }

  const kv = {
    * get(key) {
      const about = quoted(needText('kv.get', 'key', key));
      return bytesOf((yield* ask('kv.get', about, { op: 'kv.get', key })).body);
    },
    * getWithMetadata(key) {
      const call = 'kv.getWithMetadata';
      const about = quoted(needText(call, 'key', key));
      const reply = yield [{ op: call, key }, null];
      if (reply.status === NOT_FOUND) return null;
      if (reply.error !== null) throw failed(call, about, reply);
      return { value: bytesOf(reply.body), ...reply.value };
    },
    * set(key, value, options) {
      const about = quoted(needText('kv.set', 'key', key));
      const body = encode('kv.set', about, value);
      const ttl = optional('kv.set', about, options, 'ttl', 'number');
      const ifRevision = optional('kv.set', about, options, 'ifRevision', 'number');
      yield* ask('kv.set', about, { op: 'kv.set', key, ttl, ifRevision }, body);
    },
    * delete(key) {
      yield* ask('kv.delete', quoted(needText('kv.delete', 'key', key)), { op: 'kv.delete', key });
    },
    * keys() {
      return (yield* ask('kv.keys', '', { op: 'kv.keys' })).value;
    },
    * list(options) {
      const prefix = optional('kv.list', '', options, 'prefix', 'string');
      const limit = optional('kv.list', '', options, 'limit', 'number');
      const cursor = optional('kv.list', '', options, 'cursor', 'string');
      return (yield* ask('kv.list', quoted(prefix ?? ''), { op: 'kv.list', prefix, limit, cursor })).value;
    },
    * increment(key, by = 1) {
      const about = quoted(needText('kv.increment', 'key', key));
      if (!Number.isSafeInteger(by)) throw wrong('kv.increment', about, 'the number to add must be a whole number');
      return (yield* ask('kv.increment', about, { op: 'kv.increment', key, by })).value;
    },
  };

  /** The calls of the object store under the name by which the function knows it. */
  function objectsAs(service) {
    return {
      * put(object, data) {
        const call = `${service}.put`;
        const about = quoted(needText(call, 'name', object));
        const body = encode(call, about, data);
        const length = typeof body === 'string' ? body.length * 3 : body.byteLength;
        if (length <= ONCE) return (yield* ask(call, about, { op: 'objects.put', name: object }, body)).value;
        const bytes = typeof body === 'string' ? new Uint8Array(binding.ops.utf8_encode(body)) : bytesOfView(body);
        const transfer = (yield* ask(call, about, { op: 'objects.begin', name: object })).value;
        for (let at = 0; at < bytes.byteLength; at += PIECE) {
          yield* ask(call, about, { op: 'objects.write', transfer }, bytes.subarray(at, at + PIECE));
        }
        return (yield* ask(call, about, { op: 'objects.commit', transfer })).value;
      },
      * get(object) {
        const call = `${service}.get`;
        const about = quoted(needText(call, 'name', object));
        let { body, value: { info, transfer } } = yield* ask(call, about, { op: 'objects.get', name: object });
        if (transfer === null) return bytesOf(body);
        const all = new Uint8Array(info.size);
        let at = 0;
        while (body !== null) {
          all.set(new Uint8Array(body), at);
          at += body.byteLength;
          ({ body } = yield* ask(call, about, { op: 'objects.read', transfer }));
        }
        return all;
      },
      * delete(object) {
        const call = `${service}.delete`;
        yield* ask(call, quoted(needText(call, 'name', object)), { op: 'objects.delete', name: object });
      },
      * list() {
        return (yield* ask(`${service}.list`, '', { op: 'objects.list' })).value;
      },
    };
  }

  const bytesOfView = (source) => (source instanceof Uint8Array ? source : new Uint8Array(source));

  const messaging = {
    * publish(subject, payload) {
      const call = 'messaging.publish';
      const about = quoted(needText(call, 'subject', subject));
      yield* ask(call, about, { op: call, subject }, encode(call, about, payload));
    },
    * request(subject, payload) {
      const call = 'messaging.request';
      const about = quoted(needText(call, 'subject', subject));
      return bytesOf((yield* ask(call, about, { op: call, subject }, encode(call, about, payload))).body);
    },
    * requestMany(subject, payload) {
      const call = 'messaging.requestMany';
      const about = quoted(needText(call, 'subject', subject));
      const { value, body } = yield* ask(call, about, { op: call, subject }, encode(call, about, payload));
      let at = 0;
      return value.map((length) => {
        at += length;
        return bytesOf(body?.slice(at - length, at) ?? null);
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
      __proto__: null,
      get: (target, key) => target[own(target, key)],
      has: (target, key) => own(target, key) in target,
    });
  }

  function* fetchUrl(call, method, url, body, options) {
    const target = url instanceof binding.use('url').URL ? url.href : needText(call, 'URL', url);
    const payload = body === undefined || body === null ? null : encode(call, target, body);
    const timeout = optional(call, target, options, 'timeout', 'number');
    const headers = flatHeaders(call, target, options?.headers);
    const reply = yield* ask(call, target, { op: 'http.request', method, url: target, headers, timeout }, payload);
    const bytes = bytesOf(reply.body);
    return {
      status: reply.value.status,
      headers: headersOf(reply.value.headers),
      response: bytes.byteLength === 0 ? null : binding.ops.utf8_decode(bytes, false),
      bytes,
    };
  }

  const http = {};
  for (const method of ['get', 'head']) {
    http[method] = function* send(url, options) {
      return yield* fetchUrl(`http.${method}`, method.toUpperCase(), url, undefined, options);
    };
  }
  for (const method of ['post', 'put', 'patch', 'del', 'delete']) {
    http[method] = function* send(url, body, options) {
      const verb = method === 'del' ? 'DELETE' : method.toUpperCase();
      return yield* fetchUrl(`http.${method}`, verb, url, body, options);
    };
  }

  /** Waits for each reply. */
  function wait(steps) {
    const call = binding.scope.call();
    let step = steps.next();
    while (!step.done) step = steps.next(binding.hostWait(call, step.value[0], step.value[1]));
    return step.value;
  }

  /** Gives a promise. */
  async function promise(steps) {
    const call = binding.scope.call();
    let step = steps.next();
    while (!step.done) step = steps.next(await binding.hostCall(call, step.value[0], step.value[1]));
    return step.value;
  }

  /** The calls of a service, each run by `drive`. */
  function driven(service, drive) {
    const out = {};
    for (const method of Object.keys(service)) {
      out[method] = { [method]: (...args) => drive(service[method](...args)) }[method];
    }
    return freeze(out);
  }

  binding.define('host-services', () => {
    const objectStore = objectsAs('objectStore');
    const all = { http, kv, objectStore, messaging };
    const of = (drive) => Object.fromEntries(Object.keys(all).map((service) => [service, driven(all[service], drive)]));
    return { hostServices: freeze({ ...of(wait), async: freeze(of(promise)) }) };
  });

  binding.define('avocet', () => {
    const objects = driven(objectsAs('objects'), promise);
    return {
      http: driven(http, promise), kv: driven(kv, promise), objects, objectStore: objects,
      messaging: driven(messaging, promise),
    };
  });
})
