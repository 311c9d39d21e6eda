'use strict';
// Loads the function's file and finds its handler.
const path = require('node:path');
const { pathToFileURL } = require('node:url');

/** The file is there and runs, but exports no handler. */
class HandlerNotFound extends Error {}

function pick(module, name) {
  if (module === null || module === undefined) return undefined;
  const candidates = [module, module.default, module['module.exports']];
  for (const from of candidates) {
    if (from !== null && from !== undefined && typeof from[name] === 'function') {
      const handler = from[name];
      return handler.length === 0 && handler.prototype === undefined ? handler : keep(handler, from);
    }
  }
  for (const from of candidates) if (typeof from === 'function') return from;
  return undefined;
}

/** The handler with its module as `this`, and with the number of arguments that it declares. */
function keep(handler, from) {
  return Object.defineProperty(handler.bind(from), 'length', { value: handler.length });
}

function namesOf(module) {
  const names = new Set();
  for (const from of [module, module?.default]) {
    if (from !== null && typeof from === 'object') for (const name of Object.keys(from)) names.add(name);
  }
  return [...names];
}

/** CommonJS first; what says of itself that it is an ES module is imported. */
async function evaluate(file) {
  if (file.endsWith('.mjs') || file.endsWith('.mts')) return import(pathToFileURL(file).href);
  try {
    return require(file);
  } catch (error) {
    if (error?.code === 'ERR_REQUIRE_ESM' || error?.code === 'ERR_REQUIRE_ASYNC_MODULE') {
      return import(pathToFileURL(file).href);
    }
    throw error;
  }
}

/**
 * The handler of the function in `folder`.
 * @returns {Promise<Function>}
 * @throws {HandlerNotFound} naming what was looked for and what there is
 */
async function loadHandler(folder, entry, name) {
  const module = await evaluate(path.join(folder, entry));
  const handler = pick(module, name);
  if (handler !== undefined) return handler;
  const names = namesOf(module);
  throw new HandlerNotFound(`${entry} exports no function '${name}'; it exports ${
    names.length === 0 ? 'nothing' : names.map((n) => `'${n}'`).join(', ')}`);
}

/** What the supervisor is told of an error in a source: where it is, and the line itself. */
function sourceError(error, folder) {
  if (error instanceof HandlerNotFound) return { message: error.message };
  const stack = typeof error?.stack === 'string' ? error.stack : String(error);
  const found = { message: firstLine(stack, error), stack: stack.replaceAll(folder + path.sep, '') };
  // A syntax error's stack begins with `FILE:LINE`, the line and a caret; others have frames.
  const head = /^(?:file:\/\/)?(\/.*?):(\d+)\n(.*)\n( *)\^/.exec(stack);
  if (head) {
    Object.assign(found, { line: Number(head[2]), column: head[4].length + 1, source_line: head[3] });
    return inside(found, head[1], folder);
  }
  for (const frame of stack.matchAll(/\(?(?:file:\/\/)?(\/[^():\n]*):(\d+):(\d+)\)?$/gm)) {
    if (!frame[1].startsWith(folder + path.sep) || frame[1].includes('/node_modules/')) continue;
    Object.assign(found, { line: Number(frame[2]), column: Number(frame[3]) });
    return inside(found, frame[1], folder);
  }
  return found;
}

function firstLine(stack, error) {
  if (error instanceof Error) return `${error.name}: ${error.message.split('\n')[0]}`;
  return stack.split('\n')[0];
}

function inside(found, file, folder) {
  found.file = file.startsWith(folder + path.sep) ? file.slice(folder.length + 1) : file;
  return found;
}

module.exports = { loadHandler, sourceError, HandlerNotFound };
