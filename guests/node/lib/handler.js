'use strict';
// Loads the function's file and finds its handler.
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { tidy } = require('./describe.js');
const hooks = require('./hooks.js');

/** The file is there and runs, but exports no handler; or this Node.js cannot run such files. */
class HandlerNotFound extends Error {}

function pick(module, name) {
  if (module === null || module === undefined) return undefined;
  const candidates = [module, module.default, module['module.exports']];
  for (const from of candidates) {
    if (from !== null && from !== undefined && typeof from[name] === 'function') return keep(from[name], from);
  }
  for (const from of candidates) if (typeof from === 'function') return keep(from, undefined);
  return undefined;
}

/**
 * The handler with its module as `this`, and with the number of arguments that it declares. An
 * Express application has a `bind` of its own, for the HTTP method of that name.
 */
function keep(handler, from) {
  const kept = Object.defineProperty(Function.prototype.bind.call(handler, from), 'length', { value: handler.length });
  kept.usesCallback = usesCallback(handler);
  return kept;
}

/** Whether a handler does anything with its third parameter, by its source: many declare it by habit. */
function usesCallback(handler) {
  if (handler.length < 3) return false;
  const source = Function.prototype.toString.call(handler);
  const name = /^[^(]*\(\s*[\w$]+\s*,\s*[\w$]+\s*,\s*([\w$]+)\s*[,)]/.exec(source)?.[1];
  // What is not understood may use it.
  if (name === undefined || /\barguments\b|\beval\b/.test(source)) return true;
  return source.split(new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$])`)).length > 2;
}

function namesOf(module) {
  const names = new Set();
  for (const from of [module, module?.default]) {
    if (from === null || typeof from !== 'object') continue;
    for (const [name, value] of Object.entries(from)) {
      names.add(typeof value === 'function' ? `'${name}'` : `'${name}' (${value === null ? 'null' : typeof value})`);
    }
  }
  return [...names];
}

const NOT_COMMONJS = /^(Cannot use import statement outside a module|Unexpected token 'export'|Cannot use 'import\.meta' outside a module|await is only valid)/;

/** With stacks that reach through the frames of Node.js's own loader to the function's. */
async function withLongStacks(load) {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = Math.max(stackTraceLimit, 50);
  try {
    return await load();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** CommonJS first; what says of itself, or shows, that it is an ES module is imported. */
async function evaluate(file) {
  const url = pathToFileURL(file).href;
  if (hooks.provideFor(file) || /\.m[jt]s$/.test(file)) return import(url);
  try {
    return require(file);
  } catch (error) {
    if (error?.code === 'ERR_REQUIRE_ESM' || error?.code === 'ERR_REQUIRE_ASYNC_MODULE') return import(url);
    if (!(error instanceof SyntaxError) || !NOT_COMMONJS.test(error.message)) throw error;
    // ES module syntax without `"type": "module"`, on a Node.js that does not look for it itself.
    hooks.treatAsModules(path.dirname(file));
    return import(url);
  }
}

function checkTypes(entry) {
  if (!/\.[cm]?ts$/.test(entry) || process.features.typescript) return;
  throw new HandlerNotFound(`${entry} is TypeScript, which Node.js ${process.versions.node} does not run by itself; Node.js 22.18 and later do`);
}

/**
 * The handler of the function in `folder`.
 * @returns {Promise<Function>}
 * @throws {HandlerNotFound} naming what was looked for and what there is
 */
async function loadHandler(folder, entry, name) {
  checkTypes(entry);
  const file = path.join(folder, entry);
  if (!fs.existsSync(file)) throw new HandlerNotFound(`there is no file ${entry}`);
  // `process.argv[1]` and `require.main` are the function's, as if it had been started by itself.
  process.argv[1] = file;
  const module = await withLongStacks(() => evaluate(file));
  const handler = pick(module, name);
  if (handler !== undefined) return handler;
  const names = namesOf(module);
  throw new HandlerNotFound(`${entry} exports no function '${name}'; it exports ${
    names.length === 0 ? 'nothing' : names.join(', ')}`);
}

/** What the supervisor is told of an error in a source: where it is, and the line itself. */
function sourceError(error, folder) {
  if (error instanceof HandlerNotFound) return { message: error.message };
  const stack = typeof error?.stack === 'string' ? error.stack : String(error);
  const found = { message: firstLine(stack, error) + unbuilt(stack), stack: tidy(stack, folder) };
  // A syntax error's stack begins with `FILE:LINE`, the line and a caret; others have frames.
  const head = /^(?:file:\/\/)?(\/.*?):(\d+)\n(.*)\n( *)\^/.exec(stack);
  if (head) {
    Object.assign(found, { line: Number(head[2]), column: head[4].length + 1, source_line: head[3] });
    return inside(found, head[1], folder);
  }
  // Where the input ends too early there is neither line nor caret: it ends in its last line.
  const end = error?.name === 'SyntaxError' && /^(?:file:\/\/)?(\/.*?):(\d+)\n/.exec(stack);
  const lines = end && linesOf(end[1]);
  if (lines) {
    const line = Math.min(Number(end[2]), lines.length);
    Object.assign(found, { line, column: lines[line - 1].length + 1, source_line: lines[line - 1] });
    return inside(found, end[1], folder);
  }
  for (const frame of stack.matchAll(/\(?(?:file:\/\/)?(\/[^():\n?]*):(\d+):(\d+)\)?$/gm)) {
    if (!frame[1].startsWith(folder + path.sep) || frame[1].includes('/node_modules/')) continue;
    Object.assign(found, { line: Number(frame[2]), column: Number(frame[3]), source_line: lineOf(frame[1], Number(frame[2])) });
    return inside(found, frame[1], folder);
  }
  return found;
}

/** That a package is not built, where the error is about that: it comes out of a package that builds
 * itself by a script while it is installed. */
function unbuilt(stack) {
  for (const [, at, name] of stack.matchAll(/(?:file:\/\/)?(\/[^\s():]*?\/node_modules\/)((?:@[^/\s]+\/)?[^/\s:()']+)/g)) {
    const script = installScript(path.join(at, name));
    if (script !== undefined) {
      return `; ${name} is built by its install script (\`${script}\`), and such scripts run only with --allow-install-scripts`;
    }
  }
  return '';
}

/** What a package runs when it is installed. */
function installScript(folder) {
  try {
    const { scripts = {} } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const own = scripts.preinstall ?? scripts.install ?? scripts.postinstall;
    return own ?? (fs.existsSync(path.join(folder, 'binding.gyp')) ? 'node-gyp rebuild' : undefined);
  } catch {
    return undefined;
  }
}

function lineOf(file, line) {
  return linesOf(file)?.[line - 1];
}

/** The file's lines without blank ones at its end. */
function linesOf(file) {
  try {
    return fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  } catch {
    return undefined;
  }
}

function firstLine(stack, error) {
  if (error instanceof Error) return `${error.name}: ${error.message.split('\n')[0]}`;
  return `Uncaught ${stack.split('\n')[0]}`;
}

function inside(found, file, folder) {
  found.file = file.startsWith(folder + path.sep) ? file.slice(folder.length + 1) : file;
  return found;
}

module.exports = { loadHandler, sourceError, HandlerNotFound };
