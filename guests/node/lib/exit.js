'use strict';
// A function that leaves with process.exit ends its calls in flight, each with an answer, and then
// the process, with a code of its own.
const { Kind } = require('./frames.js');

/** The process's exit code after the function left. The code that it gave is in its log. */
const FUNCTION_EXITED = 86;
/** Milliseconds that a slow supervisor has to take what is still to be written. */
const FLUSH_LIMIT_MS = 2_000;

/** Thrown out of process.exit where the process cannot end at once. */
class Leaving extends Error {}

/** A process that the function kills leaves what it printed. */
function watchKills(guest) {
  const { abort, kill } = process;
  const flush = () => {
    guest.flushOutput();
    guest.out.flush();
  };
  process.abort = () => {
    flush();
    abort();
  };
  process.kill = (pid, signal) => {
    if (pid === process.pid || pid === 0) flush();
    return kill.call(process, pid, signal);
  };
}

/** Puts itself in place of process.exit; returns the real one. */
function watchExit(guest) {
  watchKills(guest);
  const leave = process.exit.bind(process);
  process.exit = (code = process.exitCode) => {
    if (guest.leaving) {
      // What the function does last in a process that ends anyway.
      guest.flushOutput();
      guest.out.flush();
      guest.out.socket.end(() => leave(0));
      throw new Leaving('the function called process.exit');
    }
    const message = `the function called process.exit(${code ?? ''})`;
    // The supervisor logs the calls that end with it; where there is none, nobody else does.
    if (guest.calls.size === 0) guest.log(guest.current.getStore()?.call, 'error', message);
    const head = JSON.stringify({ r: 'failed', e: { kind: 'exited', message } });
    for (const call of guest.calls.values()) {
      if (call._res !== null && call._res._state === 1) guest.out.frame(Kind.end, guest.fn, call.number, JSON.stringify({ kind: 'exited', message }), undefined);
      else guest.out.frame(Kind.respond, guest.fn, call.number, head, undefined);
      call.answered = true;
    }
    guest.calls.clear();
    guest.flushOutput();
    guest.out.flush();
    const { socket } = guest.out;
    const end = () => leave(FUNCTION_EXITED);
    if (socket.writableLength === 0) end();
    socket.once('drain', end);
    setTimeout(end, FLUSH_LIMIT_MS);
    throw new Leaving(message);
  };
  return leave;
}

module.exports = { watchExit, Leaving, FUNCTION_EXITED };
