(function performancePart(binding) {
  'use strict';

  const { ops, clock } = binding;

  binding.define('performance', () => {
    class Performance {
      get timeOrigin() { return clock.epoch; }

      now() { return ops.now() - clock.origin; }

      toJSON() { return { timeOrigin: clock.epoch }; }

      get [Symbol.toStringTag]() { return 'Performance'; }
    }
    return { performance: new Performance() };
  });
})
