(function timersPromisesPart(binding) {
  'use strict';

  binding.define('timers/promises', () => {
    const { start, stop } = binding.timers;

    function aborted(signal) {
      return signal.reason ?? new (binding.use('dom-exception').DOMException)('The operation was aborted', 'AbortError');
    }

    function wait(ms, value, options) {
      const signal = options?.signal;
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(aborted(signal));
          return;
        }
        const onAbort = () => {
          stop(id);
          reject(aborted(signal));
        };
        const id = start(() => {
          signal?.removeEventListener('abort', onAbort);
          resolve(value);
        }, ms, false, []);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    }

    return {
      setTimeout: (ms, value, options) => wait(ms, value, options),
      setImmediate: (value, options) => wait(0, value, options),
      async *setInterval(ms, value, options) {
        for (;;) {
          await wait(ms, undefined, options);
          yield value;
        }
      },
      scheduler: { wait: (ms, options) => wait(ms, undefined, options), yield: () => wait(0) },
    };
  });
})
