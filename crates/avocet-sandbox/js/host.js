(function hostPart(binding) {
  'use strict';

  const { ops } = binding;
  let waiting = null;

  binding.onStart(() => {
    waiting = new Map();
  });

  /**
   * Asks a host service.
   * @param {number} call
   * @param {string} op `events.publish`
   * @param {string | null} arg
   * @param {string | Uint8Array | null} body
   * @param {{traceparent: string, tracestate?: string} | null} trace where the call is in one
   * @returns {Promise<{status: number, error: string | null, body: ArrayBuffer | null}>}
   */
  binding.hostCall = function hostCall(call, op, arg, body, trace) {
    return new Promise((resolve) => {
      waiting.set(ops.host_call(call, op, arg, body, trace?.traceparent ?? null, trace?.tracestate ?? null), resolve);
    });
  };

  binding.hooks.hostReply = function hostReply(id, status, error, body) {
    const resolve = waiting.get(id);
    if (resolve === undefined) return;
    waiting.delete(id);
    resolve({ status, error, body });
  };
})
