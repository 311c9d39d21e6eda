(function eventPart(binding) {
  'use strict';

  const { Proxy } = globalThis;
  const { put, head: { KINDS } } = binding;
  const CUSTOM = binding.inspect.custom;
  const METHODS = [
    'setResponseHeader', 'setResponseContentType', 'setResponseStatus', 'emitCloudEvent',
    'publishCloudEvent', 'buildResponseCloudEvent',
  ];

  /** Attribute values in headers are percent-encoded (HTTP binding, section 3.1.3.2). */
  function decodeAttribute(value) {
    let text = value;
    if (text.length > 1 && text.startsWith('"') && text.endsWith('"')) text = text.slice(1, -1).replace(/\\(.)/g, '$1');
    if (!text.includes('%')) return text;
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  /** An attribute of a structured event as it is in the other modes; null is no value. */
  function textOf(value) {
    return value === null || value === undefined ? undefined : String(value);
  }

  /** Whether the headers carry a CloudEvent in binary mode. */
  function isBinaryEvent(call) {
    return call.kind !== KINDS.event && (call.header('ce-specversion') ?? call.header('ce-type')) !== undefined;
  }

  /**
   * One `ce-…` field; undefined where the event has no such attribute.
   * @param {object} call
   * @param {string} key
   */
  function attribute(call, key) {
    if (call.attributes !== null) {
      const name = key.slice(3);
      if (name === 'data' || name === 'data_base64' || !Object.hasOwn(call.attributes, name)) return undefined;
      return textOf(call.attributes[name]);
    }
    const value = call.header(key);
    if (value !== undefined) return decodeAttribute(value);
    return key === 'ce-datacontenttype' && isBinaryEvent(call) ? call.header('content-type') : undefined;
  }

  /** All `ce-…` fields, in order. */
  function attributes(call) {
    const out = {};
    if (call.attributes !== null) {
      for (const name of Object.keys(call.attributes)) {
        if (name === 'data' || name === 'data_base64') continue;
        const text = textOf(call.attributes[name]);
        if (text !== undefined) out[`ce-${name}`] = text;
      }
      return out;
    }
    const { h } = call.head;
    for (let i = 0; i < h.length; i += 2) {
      if (h[i].startsWith('ce-') && !Object.hasOwn(out, h[i])) out[h[i]] = decodeAttribute(h[i + 1]);
    }
    const type = attribute(call, 'ce-datacontenttype');
    if (type !== undefined) out['ce-datacontenttype'] = type;
    return out;
  }

  function requestOf(call) {
    if (call.request === null) call.request = new (binding.use('request').Request)(call);
    return call.request;
  }

  function responseOf(call) {
    if (call.response === null) call.response = new (binding.use('response').Response)(call);
    return call.response;
  }

  /** `event.extensions`. Both objects are small: all in them is made on first use. */
  function extensionsOf(call) {
    if (call.extensions === null) call.extensions = { request: requestOf(call), response: responseOf(call) };
    return call.extensions;
  }

  /** A method of the event that works without its receiver, as `const {…} = event` takes it. */
  function methodOf(call, name) {
    call.methods ??= { __proto__: null };
    return (call.methods[name] ??= binding.use('event-methods')[name](call));
  }

  /** The value of a field that has not been made yet. */
  function field(call, target, key) {
    switch (key) {
      case 'data': return call.data;
      case 'extensions': return extensionsOf(call);
      case 'tracer': return (call.tracer ??= new (binding.use('tracer').Tracer)(call));
      case 'setResponseHeader': case 'setResponseContentType': case 'setResponseStatus':
      case 'emitCloudEvent': case 'publishCloudEvent': case 'buildResponseCloudEvent':
        return methodOf(call, key);
      default:
        if (typeof key === 'string' && key.startsWith('ce-')) return attribute(call, key);
        return target[key];
    }
  }

  /**
   * What is behind the event. It stays empty until the function asks for more than single fields:
   * lists the keys, sets or removes one. Then it becomes the plain object that the event stands
   * for, and remains it.
   */
  class Fields {
    #call;

    constructor(call) {
      this.#call = call;
    }

    static get(target, key) {
      const call = target.#call;
      return call === null ? target[key] : field(call, target, key);
    }

    static has(target, key) {
      const call = target.#call;
      if (call === null || typeof key !== 'string') return key in target;
      if (key === 'data') return call.data !== undefined;
      if (key.startsWith('ce-')) return attribute(call, key) !== undefined;
      return key === 'extensions' || key === 'tracer' || METHODS.includes(key) || key in target;
    }

    /** Makes all fields, once. */
    static full(target) {
      const call = target.#call;
      if (call === null) return target;
      target.#call = null;
      if (call.data !== undefined) target.data = call.data;
      Object.assign(target, attributes(call));
      for (const key of ['extensions', 'tracer', ...METHODS]) target[key] = field(call, target, key);
      return target;
    }

    /** For `console.log`. */
    [CUSTOM]() {
      return { ...(#call in this ? Fields.full(this) : this) };
    }
  }
  put(Fields.prototype, 'constructor', Object);
  const { full } = Fields;

  const handler = {
    __proto__: null,
    get: Fields.get,
    has: Fields.has,
    set: (target, key, value) => Reflect.set(full(target), key, value),
    deleteProperty: (target, key) => Reflect.deleteProperty(full(target), key),
    ownKeys: (target) => Reflect.ownKeys(full(target)),
    getOwnPropertyDescriptor: (target, key) => Reflect.getOwnPropertyDescriptor(full(target), key),
    defineProperty: (target, key, found) => Reflect.defineProperty(full(target), key, found),
    preventExtensions: (target) => Reflect.preventExtensions(full(target)),
    setPrototypeOf: (target, prototype) => Reflect.setPrototypeOf(full(target), prototype),
  };

  /**
   * The `event` argument.
   * @param {object} call
   */
  binding.makeEvent = (call) => new Proxy(new Fields(call), handler);
  binding.attribute = attribute;
  binding.requestOf = requestOf;
  binding.responseOf = responseOf;
})
