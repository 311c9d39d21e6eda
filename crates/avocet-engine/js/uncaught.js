(function uncaughtPart(binding) {
  'use strict';

  // Listeners that a program added with `process.on`; the process part owns them.
  const listeners = { __proto__: null, uncaughtException: null, unhandledRejection: null };
  binding.faultListeners = listeners;

  /** Place, source line and caret: what the engine's report has in front of the stack. */
  function placeOf(error) {
    const report = binding.ops.error_report?.(error) ?? '';
    const stack = binding.shownStack(String(error.stack));
    return report.endsWith(stack) ? report.slice(0, report.length - stack.length) : '';
  }

  /**
   * What people need to see of a thrown value: where it was thrown, its stack, its properties.
   * @param {unknown} error
   * @param {string} [label] what to say in front of it
   * @returns {string}
   */
  binding.describe = function describe(error, label = '') {
    try {
      const place = error instanceof Error ? placeOf(error) : '';
      return `${place}${label}${binding.inspect(error)}`;
    } catch {
      return `${label}an error that could not be shown`;
    }
  };

  /**
   * Reports an error that nobody caught.
   * @param {unknown} error
   * @param {'uncaughtException' | 'unhandledRejection'} origin
   * @param {Promise<unknown>} [promise] the rejected promise
   * @returns {boolean} whether a listener took it
   */
  binding.uncaught = function uncaught(error, origin, promise) {
    try {
      const taken = (listeners[origin]?.(error, origin === 'unhandledRejection' ? promise : origin))
        || (origin === 'unhandledRejection' && listeners.uncaughtException?.(error, origin));
      if (taken) return true;
    } catch (second) {
      binding.report(second, 'uncaughtException');
      return false;
    }
    binding.report(error, origin);
    return false;
  };

  /** Prints it. A host that knows more replaces this one. */
  binding.report = function report(error, origin) {
    const label = origin === 'unhandledRejection' ? 'Unhandled rejection: ' : 'Uncaught ';
    binding.print('error', binding.describe(error, label));
  };

  binding.hooks.uncaught = (error, origin, promise) => binding.uncaught(error, origin, promise);
})
