(function answerPart(binding) {
  'use strict';

  const { ops } = binding;
  const {
    respond, respond_none: respondNone, respond_text: respondText, respond_json: respondJson,
    respond_bytes: respondBytes,
  } = ops;
  const { stringify } = JSON;

  /** The call has its answer: nothing waits for it any more. */
  function settled(call) {
    call.answered = true;
    if (binding.flying.size !== 0) binding.flying.delete(call.id);
  }

  /** What is sent for an object; undefined for bytes. */
  function jsonOf(value) {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return undefined;
    try {
      return stringify(value);
    } catch (error) {
      throw isOfFunction(error) ? error : new TypeError(`${error.message} (the function's answer)`);
    }
  }

  /** Whether the function's own code threw it: a `toJSON`, a getter. */
  function isOfFunction(error) {
    return !(error instanceof TypeError) || /\n +at (?!.*\(<anonymous>\)$)/m.test(binding.shownStack(String(error.stack)));
  }

  function notSendable(value) {
    return new TypeError(`the function returned a ${typeof value}, which cannot be sent`);
  }

  /** The function did not look at the response: what it returned is all there is. */
  function answerPlain(call, value) {
    const { id } = call;
    switch (typeof value) {
      case 'string':
        settled(call);
        if (value === '') respondNone(id);
        else respondText(id, value);
        break;
      case 'undefined':
        settled(call);
        respondNone(id);
        break;
      case 'object': {
        if (value === null) {
          settled(call);
          respondNone(id);
          break;
        }
        const json = jsonOf(value);
        settled(call);
        if (json !== undefined) respondJson(id, json);
        else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) respondBytes(id, binding.bytesOf(value));
        else respondNone(id);
        break;
      }
      case 'function': case 'symbol':
        throw notSendable(value);
      default:
        settled(call);
        respondText(id, String(value));
    }
  }

  /** What `Respond.r` and its body are for a value. */
  function returned(value) {
    switch (typeof value) {
      case 'undefined': return ['none', null];
      case 'string': return value === '' ? ['none', null] : ['text', value];
      case 'function': case 'symbol': throw notSendable(value);
      case 'object': {
        if (value === null) return ['none', null];
        const json = jsonOf(value);
        if (json !== undefined) return ['json', json];
        return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? ['bytes', binding.bytesOf(value)] : ['none', null];
      }
      default: return ['text', String(value)];
    }
  }

  function answerWithResponse(call, value) {
    const [kind, body] = returned(value);
    binding.use('response').answer(call.response, kind, body);
  }

  /**
   * Answers a call with what its function returned; does nothing where it is answered already.
   * @throws where the value cannot be sent
   */
  function answer(call, value) {
    if (call.answered) return;
    const isResponse = value !== null && value === call.response;
    if (call.piped && (value === undefined || isResponse)) {
      binding.flying.set(call.id, call);
      return;
    }
    // `return response.status(202)`: the response is no value.
    if (isResponse) {
      answerWithResponse(call, undefined);
      return;
    }
    if (call.response === null || binding.use('response').isUntouched(call.response)) answerPlain(call, value);
    else answerWithResponse(call, value);
  }

  function log(call, error) {
    ops.log(call.id, 'error', binding.describe(error));
  }

  /** The function threw, or its promise was rejected: the stack is for the log only. */
  function fail(call, error) {
    log(call, error);
    if (call.answered) return;
    const { response } = call;
    if (response !== null && response.headersSent) {
      binding.use('response').breakOff(response, 'the function failed while it was sending its answer');
      return;
    }
    const text = typeof error === 'string';
    const [kind, body] = text ? ['throwntext', error] : ['thrown', null];
    if (response !== null) {
      binding.use('response').answer(response, kind, body);
      return;
    }
    settled(call);
    respond(call.id, kind, 0, null, null, body, false);
  }

  /** Room in the credit window, or that nobody is there any more. */
  function room(response) {
    return new Promise((resolve) => {
      const done = () => {
        response.off('drain', done);
        response.off('close', done);
        resolve();
      };
      response.on('drain', done);
      response.on('close', done);
    });
  }

  /** What an async iterable gives, chunk by chunk; objects as a line of JSON each. */
  async function stream(call, source) {
    const response = binding.responseOf(call);
    for await (const item of source) {
      const bytes = typeof item === 'string' || ArrayBuffer.isView(item) || item instanceof ArrayBuffer;
      const more = response.write(bytes ? item : `${stringify(item)}\n`);
      if (!more && !call.answered) await room(response);
      if (call.answered) return;
    }
    response.end();
  }

  binding.settled = settled;
  binding.answers = { answer, fail, stream };
})
