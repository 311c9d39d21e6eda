(function invokePart(binding) {
  'use strict';

  const { ops, Call, makeEvent, answers, function: program, head: { KINDS, kindOf }, body } = binding;
  const { respond_failed: respondFailed } = ops;
  const { answer, fail, stream } = answers;
  const NONE = KINDS.none;

  /** `callback(body, status, headers)`: the third argument of a handler. */
  function callbackOf(call) {
    return function callback(value, status, headers) {
      if (call.answered) return;
      try {
        if (status !== undefined && status !== null) binding.responseOf(call).status(Number(status));
        if (headers !== undefined && headers !== null) binding.responseOf(call).set(headers);
        answer(call, value);
      } catch (error) {
        fail(call, error);
      }
    };
  }

  /** Reads the body; false where it is not what its content type says and the call is answered. */
  function takeBody(call, length) {
    try {
      body.read(call, length);
      return true;
    } catch (error) {
      if (error instanceof body.BadBody) respondFailed(call.id, 'bad-body', error.message);
      else fail(call, error);
      return false;
    }
  }

  function run(call) {
    const { owner, context } = program;
    if (!program.wantsCallback) return program.handler.call(owner, makeEvent(call), { ...context });
    return program.handler.call(owner, makeEvent(call), { ...context }, callbackOf(call));
  }

  /** The promise that the function returned came to its end. */
  function later(call, value) {
    try {
      if (isStream(value)) wait(call, stream(call, value));
      else answer(call, value);
    } catch (error) {
      fail(call, error);
    }
  }

  function isStream(value) {
    return typeof value === 'object' && value !== null && typeof value[Symbol.asyncIterator] === 'function';
  }

  function wait(call, promise) {
    if (!call.answered) binding.flying.set(call.id, call);
    promise.then((value) => later(call, value), (error) => fail(call, error));
  }

  /** Does what the returned value asks for. */
  function settle(call, value) {
    if (typeof value === 'object' && value !== null) {
      if (typeof value.then === 'function') {
        wait(call, value);
        return;
      }
      if (isStream(value)) {
        wait(call, stream(call, value));
        return;
      }
    } else if (value === undefined && program.waitsForCallback && !call.answered) {
      binding.flying.set(call.id, call);
      return;
    }
    answer(call, value);
  }

  binding.hooks.invoke = function invoke(id, head, length) {
    if (program.message !== null) {
      binding.message(id, head, length);
      return;
    }
    const kind = kindOf(head);
    const call = new Call(id, head, kind);
    if (kind !== NONE && !takeBody(call, length)) return;
    try {
      settle(call, run(call));
    } catch (error) {
      fail(call, error);
    }
  };

  binding.hooks.cancel = function cancel(id) {
    const call = binding.flying.get(id);
    if (call === undefined) return;
    binding.settled(call);
    call.cancelled = true;
    if (call.request !== null) {
      call.request.emit('aborted');
      call.request.emit('close');
    }
    if (call.response !== null) binding.use('response').cancel(call.response);
  };

  binding.hooks.drain = function drain(id) {
    const call = binding.flying.get(id);
    if (call !== undefined && call.response !== null) binding.use('response').drain(call.response);
  };
})
