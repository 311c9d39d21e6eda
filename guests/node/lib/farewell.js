'use strict';
// The end of a worker whose calls are answered: the function's own listeners for SIGTERM run, as in
// a process that a cluster ends, and what they begin may finish, within a limit.

/** Milliseconds that the function has for it. */
const LIMIT = 10_000;
/** Milliseconds between two looks at what is left. */
const LOOK_EVERY = 20;

/** Those that the function registered; `own` is the worker's. */
const listeners = (own) => process.listeners('SIGTERM').filter((listener) => listener !== own);

/** Runs them; `own` is the worker's listener. Resolves when they are done, or their time is over. */
async function farewell(guest, own) {
  const hooks = listeners(own);
  if (hooks.length === 0) return;
  const promises = (guest.signalled ? [] : hooks).map(async (hook) => hook.call(process, 'SIGTERM', 15));
  for (const promise of promises) promise.catch((error) => guest.uncaught(error));
  const over = performance.now() + LIMIT;
  let settled = false;
  Promise.allSettled(promises).then(() => { settled = true; });
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      const late = performance.now() >= over;
      if (late) guest.log(undefined, 'warn', `the listeners for SIGTERM did not end within ${LIMIT / 1000} s: ${guest.pending.describe() || 'a promise'}`);
      if (!late && (!settled || guest.pending.any)) return;
      clearInterval(timer);
      resolve();
    }, LOOK_EVERY).unref();
  });
}

module.exports = { farewell };
