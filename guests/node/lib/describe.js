'use strict';
// Thrown values as text for the log: as the function's author would see them.
const path = require('node:path');
const { inspect } = require('node:util');

/** Where this worker's own files are. */
const OWN = path.dirname(__dirname) + path.sep;

const FRAME = /^\s+at /;
const PLATFORM = /[( ](?:node:|file:\/\/node:)/;

/**
 * Text of whatever was thrown, with its stack, its causes and the errors in it. Files in `folder` are named relative
 * to it; frames of this worker, and those of Node.js that called it, are left out.
 */
function describe(error, folder) {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return `Uncaught ${inspect(error)}`;
  const whole = error.cause !== undefined || error instanceof AggregateError;
  return tidy(whole ? inspect(error) : error.stack, folder);
}

/** A stack as {@link describe} shows it. */
function tidy(stack, folder) {
  return withoutWorker(stack).replaceAll(`file://${folder}${path.sep}`, '').replaceAll(folder + path.sep, '');
}

/** Cuts each run of frames after the last one that is the function's (or a package's) own. */
function withoutWorker(text) {
  const kept = [];
  let frames = [];
  const close = () => {
    const own = frames.findLastIndex((frame) => !PLATFORM.test(frame));
    // Nothing of the function is in it: what Node.js did is all that there is to tell.
    kept.push(...(own < 0 ? frames : frames.slice(0, own + 1)));
    frames = [];
  };
  for (const line of text.split('\n')) {
    if (!FRAME.test(line)) {
      close();
      kept.push(line);
    } else if (!line.includes(OWN)) {
      frames.push(line);
    }
  }
  close();
  return kept.join('\n');
}

module.exports = { describe, tidy };
