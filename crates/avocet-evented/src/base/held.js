// Text of messages that is held back until the turn is over, so that what a listener sends goes out
// in one piece.
(function (binding) {
  'use strict';
  const { ops, hooks, lib } = binding;
  const held = [];

  // Whether the hook that is called says by itself, when it returns, that text is held.
  let answering = false;

  // Holds a message, which has a `flush` method, until the end of this turn.
  lib.hold = function (message) {
    held.push(message);
    if (!answering) ops.flush_soon();
  };
  // The message is sent: it is not held any more.
  lib.letGo = function (message) {
    if (held[held.length - 1] === message) held.pop();
  };
  const flush = lib.flush = hooks.flush = function () {
    while (held.length > 0) held.shift().flush();
  };

  // Bits of a hook's answer: yes, and that text is held.
  const YES = 1, HELD = 2;
  // Makes a hook that says by itself whether text is held, which spares an operation.
  lib.answering = (hook) => function (a, b, c, d, e) {
    const outer = answering;
    answering = true;
    const yes = hook(a, b, c, d, e);
    answering = outer;
    return (yes ? YES : 0) | (held.length > 0 ? HELD : 0);
  };
  // The hook that was called did not return.
  lib.interrupted = function () {
    answering = false;
    if (held.length > 0) ops.flush_soon();
  };
  // Runs the loop inside a hook; whether it came back because it was asked to.
  lib.runLoop = function () {
    flush();
    const outer = answering;
    answering = false;
    try {
      return ops.run_loop();
    } finally {
      answering = outer;
    }
  };
})
