(function performancePart(binding) {
  'use strict';

  const { ops } = binding;
  let origin = 0;
  let epoch = 0;

  binding.onStart(() => {
    origin = ops.now();
    epoch = Date.now();
  });

  /** Milliseconds since the isolate started. */
  binding.sinceStart = () => ops.now() - origin;

  binding.define('performance', () => {
    class Performance {
      get timeOrigin() { return epoch; }

      now() { return ops.now() - origin; }

      toJSON() { return { timeOrigin: epoch }; }

      get [Symbol.toStringTag]() { return 'Performance'; }
    }
    return { performance: new Performance() };
  });

  binding.globals('performance', ['performance']);
})
