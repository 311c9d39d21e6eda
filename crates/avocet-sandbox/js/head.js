(function headPart(binding) {
  'use strict';

  const { parse } = JSON;

  // Of these a message has one; a second is dropped (as Node.js does, after RFC 9110).
  const SINGLE = {
    __proto__: null, age: 1, authorization: 1, 'content-length': 1, 'content-type': 1, etag: 1,
    expires: 1, from: 1, host: 1, 'if-modified-since': 1, 'if-unmodified-since': 1,
    'last-modified': 1, location: 1, 'max-forwards': 1, 'proxy-authorization': 1, referer: 1,
    'retry-after': 1, server: 1, 'user-agent': 1,
  };

  /** First letter of the body's kind, out of the text of a head: the kinds all differ in it. */
  const KINDS = {
    __proto__: null, none: 110, json: 106, text: 116, form: 102, binary: 98, multipart: 109, event: 101,
  };

  /**
   * The body's kind without parsing the head. `"k":"` cannot be inside a JSON string, where its
   * quotes would be escaped, so what is found is the key.
   * @param {string} head
   * @returns {number} the first letter's code, as in `KINDS`
   */
  function kindOf(head) {
    const at = head.lastIndexOf('"k":"');
    if (at >= 0) return head.charCodeAt(at + 5);
    return (parse(head).k ?? 'none').charCodeAt(0);
  }

  /**
   * The first value of a header.
   * @param {string[]} list name, value, name, value
   * @param {string} name in lower case
   */
  function find(list, name) {
    for (let i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1];
    return undefined;
  }

  /**
   * Headers as an object, several of one name joined as Node.js joins them.
   * @param {string[]} list name, value, name, value; names in lower case
   */
  function toObject(list) {
    const out = {};
    for (let i = 0; i < list.length; i += 2) {
      const name = list[i];
      const value = list[i + 1];
      const before = Object.hasOwn(out, name) ? out[name] : undefined;
      if (name === 'set-cookie') {
        if (before === undefined) out[name] = [value];
        else before.push(value);
      } else if (before === undefined) {
        if (name !== '__proto__') out[name] = value;
        else Object.defineProperty(out, name, { value, writable: true, enumerable: true, configurable: true });
      } else if (SINGLE[name] === undefined) {
        out[name] = `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
      }
    }
    return out;
  }

  binding.head = { KINDS, kindOf, find, toObject };
})
