(function uncaughtPart(binding) {
  'use strict';

  // Listeners that a program added with `process.on`; the process part owns them.
  const listeners = { __proto__: null, uncaughtException: null, unhandledRejection: null };
  binding.faultListeners = listeners;

  /**
   * What people need to see of a thrown value: its stack where it has one.
   * @param {unknown} error
   * @returns {string}
   */
  binding.describe = function describe(error) {
    try {
      return binding.inspect(error);
    } catch {
      return 'an error that could not be shown';
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
    const what = origin === 'unhandledRejection' ? 'Unhandled rejection' : 'Uncaught';
    binding.print('error', `${what} ${binding.describe(error)}`);
  };

  binding.hooks.uncaught = (error, origin, promise) => binding.uncaught(error, origin, promise);
})
