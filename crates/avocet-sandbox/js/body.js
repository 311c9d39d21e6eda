(function bodyPart(binding) {
  'use strict';

  const { ops, head: { KINDS } } = binding;
  const { body_text: bodyText, body_bytes: bodyBytes } = ops;
  const { parse } = JSON;
  const BYTE_ORDER_MARK = 0xfeff;
  const FORM = { depth: 32, arrayLimit: 100, parameters: Infinity, strict: true };

  /** A body that is not what its content type says. */
  class BadBody extends Error {}

  function parseJson(text, what) {
    try {
      return parse(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);
    } catch (error) {
      const reason = error.message.replace(/[\u0000-\u001f\u007f]/g, '\ufffd');
      throw new BadBody(`${what} is not valid JSON: ${reason}`);
    }
  }

  function parseForm(text) {
    const { parse: parsePairs, TooDeep } = binding.use('qs');
    try {
      return parsePairs(text, FORM);
    } catch (error) {
      throw error instanceof TooDeep ? new BadBody(error.message) : error;
    }
  }

  function buffer(bytes) {
    return binding.use('buffer').Buffer.from(bytes);
  }

  /** Data of a structured CloudEvent (JSON event format, section 3.1). */
  function dataOf(event) {
    if (event.data_base64 === undefined || event.data_base64 === null) return event.data;
    const bytes = binding.use('buffer').Buffer.from(String(event.data_base64), 'base64');
    const type = String(event.datacontenttype ?? '').toLowerCase();
    if (/^[^;]*[/+]json\s*(;|$)/.test(type)) return parseJson(bytes.toString(), 'the data of the event');
    return type.startsWith('text/') ? bytes.toString() : bytes;
  }

  /**
   * Takes the body of the invocation that is just beginning.
   * @param {object} call
   * @param {number} length of the body, bytes
   * @throws {BadBody}
   */
  function read(call, length) {
    switch (call.kind) {
      case KINDS.json:
        call.raw = length === 0 ? '' : bodyText();
        call.data = call.raw === '' ? {} : parseJson(call.raw, 'the body');
        break;
      case KINDS.text:
        call.raw = length === 0 ? '' : bodyText();
        call.data = call.raw;
        break;
      case KINDS.form:
        call.raw = length === 0 ? '' : bodyText();
        call.data = parseForm(call.raw);
        break;
      case KINDS.event:
        call.raw = bodyText();
        call.attributes = parseJson(call.raw, 'the body');
        call.data = dataOf(call.attributes);
        break;
      default:
        if (length === 0) break;
        call.raw = bodyBytes();
        if (call.kind === KINDS.binary) call.data = buffer(call.raw);
    }
  }

  binding.body = { read, BadBody };
})
