(function hostPart(binding) {
  'use strict';

  const { ops } = binding;
  const { stringify, parse } = JSON;
  let waiting = null;

  binding.onStart(() => {
    waiting = new Map();
  });

  /** What a service answered. `value` and `body` are null where there is none. */
  function reply(status, error, value, body) {
    return { status, error, value: value === null ? null : parse(value), body };
  }

  /**
   * Asks a host service.
   * @param {number} call
   * @param {{op: string}} head operation and arguments as `avocet_frames::head::Operation` has them,
   *   with `traceparent` and `tracestate` where the call is in a trace
   * @param {string | Uint8Array | ArrayBuffer | null} body
   * @returns {Promise<{status: number, error: string | null, value: unknown, body: ArrayBuffer | null}>}
   */
  binding.hostCall = function hostCall(call, head, body) {
    return new Promise((resolve) => {
      waiting.set(ops.host_call(call, stringify(head), body), resolve);
    });
  };

  /** The same, waiting: only the function that asks waits. */
  binding.hostWait = function hostWait(call, head, body) {
    const answer = ops.host_wait(call, stringify(head), body);
    return reply(answer[0], answer[1], answer[2], answer[3]);
  };

  binding.hooks.hostReply = function hostReply(id, status, error, value, body) {
    const resolve = waiting.get(id);
    if (resolve === undefined) return;
    waiting.delete(id);
    resolve(reply(status, error, value, body));
  };
})
