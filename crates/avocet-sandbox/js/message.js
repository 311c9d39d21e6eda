(function messagePart(binding) {
  'use strict';

  const { ops, function: program } = binding;
  const {
    respond, respond_none: respondNone, respond_json: respondJson, respond_bytes: respondBytes,
    body_bytes: bodyBytes,
  } = ops;
  const { parse, stringify } = JSON;
  // The function may put something else in their place.
  const { ArrayBuffer, Uint8Array, String } = globalThis;
  const MAX_REASON = 1024;

  /** A message as a function `(subject, payload) => …` gets it. */
  class Message {
    constructor(id, head, length) {
      this.id = id;
      // A request by HTTP has no subject: it stands for the function's first one.
      this.byHttp = head.s === undefined;
      this.subject = this.byHttp ? program.subjects[0] : head.s;
      this.payload = length === 0 ? new Uint8Array(0) : new Uint8Array(bodyBytes());
      // As the calls of other handlers have them.
      this.answered = false;
      this.cancelled = false;
      this.request = null;
      this.response = null;
    }
  }

  /** What is thrown, as the value of a header. */
  function reasonOf(error) {
    let text;
    try {
      text = String(error instanceof Error ? error.message : error);
    } catch {
      text = 'an error that could not be shown';
    }
    return binding.wellFormed(text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim().slice(0, MAX_REASON));
  }

  function fail(message, error) {
    ops.log(message.id, 'error', binding.describe(error));
    if (message.answered) return;
    binding.settled(message);
    const headers = ['nats-service-error-code', '500', 'nats-service-error', reasonOf(error)];
    respond(message.id, 'thrown', 0, headers, null, null, false);
  }

  function answerNothing(message) {
    if (message.byHttp) respond(message.id, 'response', 204, null, null, null, false);
    else respondNone(message.id);
  }

  function answerBytes(message, bytes) {
    if (!message.byHttp) respondBytes(message.id, bytes);
    else respond(message.id, 'bytes', 0, ['content-type', 'application/octet-stream'], null, bytes, false);
  }

  /** Answers with what the function returned. */
  function answer(message, value) {
    if (message.answered) return;
    if (value instanceof Uint8Array || value instanceof ArrayBuffer) {
      binding.settled(message);
      answerBytes(message, value);
      return;
    }
    const json = value === undefined || value === null ? null : stringify(value);
    if (json === undefined) throw new TypeError(`the function returned a ${typeof value}, which is no JSON`);
    binding.settled(message);
    if (json === null) answerNothing(message);
    else respondJson(message.id, json);
  }

  function later(message, value) {
    try {
      answer(message, value);
    } catch (error) {
      fail(message, error);
    }
  }

  function run({ subject, payload }) {
    const value = program.message.call(globalThis, subject, payload);
    // `export default () => (subject, payload) => …`
    return typeof value === 'function' ? value.call(globalThis, subject, payload) : value;
  }

  function handle(message) {
    try {
      const value = run(message);
      if (typeof value === 'object' && value !== null && typeof value.then === 'function') {
        binding.flying.set(message.id, message);
        value.then((result) => later(message, result), (error) => fail(message, error));
      } else {
        answer(message, value);
      }
    } catch (error) {
      fail(message, error);
    }
  }

  /**
   * Calls a function `(subject, payload) => …`.
   * @param {number} id
   * @param {string} text JSON of `head::Invoke`
   * @param {number} length of the payload, bytes
   */
  binding.message = function message(id, text, length) {
    const head = parse(text);
    if (head.s === undefined && head.m !== 'POST') {
      const headers = ['allow', 'POST', 'content-type', 'text/plain; charset=utf-8'];
      const reason = `${head.m} is not allowed: a POST is a message for this function`;
      respond(id, 'response', 405, headers, null, head.m === 'HEAD' ? null : reason, false);
      return;
    }
    handle(new Message(id, head, length));
  };
})
