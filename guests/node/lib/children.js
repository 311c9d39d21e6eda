'use strict';
// The function's standard input would be the supervisor's socket: that is what descriptor 0 is here.
// The function, and the programs that it starts, get nothing to read instead.
const childProcess = require('node:child_process');
const { syncBuiltinESMExports } = require('node:module');

const isOurs = (input) => input === 'inherit' || input === 0 || input?.fd === 0;

/** `stdio` as it is given to child_process, without our input. */
function withoutInput(stdio) {
  if (stdio === 'inherit') return ['ignore', 'inherit', 'inherit'];
  if (!Array.isArray(stdio) || !isOurs(stdio[0])) return stdio;
  return ['ignore', ...stdio.slice(1)];
}

/** `process.stdin`: at its end from the beginning. */
function emptyInput() {
  const { Readable } = require('node:stream');
  return Object.assign(Readable.from([]), { fd: 0, isTTY: false });
}

/** Once per process, when the function is loaded. */
function keepInput() {
  let input;
  Object.defineProperty(process, 'stdin', { configurable: true, enumerable: true, get: () => (input ??= emptyInput()) });
  const { ChildProcess } = childProcess;
  const { spawn } = ChildProcess.prototype;
  ChildProcess.prototype.spawn = function (options) {
    return spawn.call(this, { ...options, stdio: withoutInput(options?.stdio) });
  };
  for (const name of ['spawnSync', 'execFileSync', 'execSync']) {
    const real = childProcess[name];
    childProcess[name] = function (...args) {
      const at = args.findIndex((arg) => arg !== null && typeof arg === 'object' && !Array.isArray(arg));
      if (at >= 0) args[at] = { ...args[at], stdio: withoutInput(args[at].stdio) };
      return real.apply(this, args);
    };
  }
  syncBuiltinESMExports();
}

module.exports = { keepInput };
