'use strict';
// What a process has under way besides its calls, as Node.js tells of it: timers, sockets, files. It
// keeps an instance from going to sleep, and it is what may still settle a call whose handler waits.

const WORDS = [
  [/^Timeout$/, 'timer'], [/Server/, 'server'], [/^(TCP|TLS|Pipe|UDP|HTTP)/, 'socket'],
  [/^(FS|File|StatWatcher|Dir)/, 'file operation'], [/Process/, 'child process'], [/^(GetAddrInfo|GetNameInfo|Query|DNS)/, 'look-up'],
];

/** Milliseconds between two looks at calls that are in doubt. */
const LOOK_EVERY = 100;

const kinds = () => process.getActiveResourcesInfo();

class Pending {
  constructor(guest) {
    this.guest = guest;
    this.own = new Map(); // kinds of the worker itself, with their numbers
    this.doubts = new Set(); // calls that something must still happen to
    this.timer = null;
  }

  /** What is active now is the worker's: its socket, its output. */
  begin() {
    this.own = count(kinds().filter((kind) => /Pipe|TTY|TCP|File/.test(kind)));
  }

  /** Kinds of what is active beyond the worker's own, with their numbers. */
  rest() {
    const rest = count(kinds());
    for (const [kind, number] of this.own) {
      const left = (rest.get(kind) ?? 0) - number;
      if (left > 0) rest.set(kind, left);
      else rest.delete(kind);
    }
    return rest;
  }

  get any() { return this.rest().size > 0; }

  /** For people: `1 timer, 2 sockets`; empty where there is nothing. */
  describe() {
    const words = new Map();
    for (const [kind, number] of this.rest()) {
      if (kind === 'Immediate') continue; // over in a moment
      const word = WORDS.find(([pattern]) => pattern.test(kind))?.[1] ?? 'other task';
      words.set(word, (words.get(word) ?? 0) + number);
    }
    return [...words].map(([word, number]) => `${number} ${word}${number === 1 ? '' : word.endsWith('ss') ? 'es' : 's'}`).join(', ');
  }

  /** The call is looked at until it is answered: once nothing is left that could settle it, it is
   * settled with `settle`. */
  doubt(call, settle) {
    call.doubt = settle;
    this.doubts.add(call);
    setImmediate(() => this.look());
    // It keeps nothing alive, and is none of what it looks at.
    this.timer ??= setInterval(() => this.look(), LOOK_EVERY).unref();
  }

  look() {
    for (const call of this.doubts) if (call.answered || call.doubt === null) this.doubts.delete(call);
    if (this.doubts.size === 0) {
      clearInterval(this.timer);
      this.timer = null;
      return;
    }
    if (this.any || this.guest.host.open.size > 0) return;
    for (const call of this.doubts) {
      const awaitsFrames = (call.body !== null && !call.body.ended) || (call._res !== null && call._res._state === 1);
      if (awaitsFrames) continue;
      this.doubts.delete(call);
      this.guest.current.run(call, call.doubt);
    }
  }
}

function count(list) {
  const counts = new Map();
  for (const kind of list) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

module.exports = { Pending };
