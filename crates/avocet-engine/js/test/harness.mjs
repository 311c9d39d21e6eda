// A context with the JavaScript of the engine in it, and operations in place of the native ones.
import { createHash, randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import vm from 'node:vm';

const here = path.dirname(fileURLToPath(import.meta.url));
export const engineFolder = path.join(here, '..');

const URL_PARTS = ['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'origin'];

/** The files that `files.txt` of a folder names, in order; without the parts where they are lazy. */
export function listFiles(folder, eager = true) {
  const files = readFileSync(path.join(folder, 'files.txt'), 'utf8').split('\n').filter(Boolean);
  return eager ? files : files.filter((file) => !file.startsWith('parts/'));
}

/** `engine/parts/url.js` → the file's path. */
function partFile(name) {
  const [crate, ...rest] = name.split('/');
  return path.join(here, `../../../avocet-${crate}/js`, ...rest);
}

function parts(url) {
  return URL_PARTS.map((name) => url[name]);
}

/** Time that a test moves on by hand; deadlines are told to `fire`. */
class Clock {
  constructor() {
    this.time = 1000;
    this.deadlines = new Map();
  }

  advance(ms, fire) {
    const end = this.time + ms;
    for (;;) {
      const next = [...this.deadlines.entries()].filter(([, d]) => d.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
      if (next === undefined) break;
      const [id, deadline] = next;
      this.time = deadline.at;
      if (deadline.repeat) deadline.at += Math.max(deadline.ms, 1);
      else this.deadlines.delete(id);
      fire(id);
    }
    this.time = end;
  }
}

export class ExitCalled extends Error {}

function engineOps(state) {
  const { clock, printed, realm } = state;
  const buffer = (bytes) => {
    const out = new realm.Uint8Array(bytes.length);
    out.set(bytes);
    return out.buffer;
  };
  const array = (values) => realm.Array.from(values);
  const tried = (work) => {
    try {
      return array(parts(work()));
    } catch {
      return null;
    }
  };
  return {
    print: (level, text) => printed.push([level, text]),
    timer_start: (id, ms, repeat) => clock.deadlines.set(id, { at: clock.time + ms, ms, repeat }),
    timer_stop: (id) => clock.deadlines.delete(id),
    now: () => clock.time,
    random_fill: (view) => { randomFillSync(view); },
    digest: (algorithm, view) => buffer(createHash(algorithm).update(view).digest()),
    utf8_encode: (text) => buffer(Buffer.from(text, 'utf8')),
    utf8_decode(view, fatal) {
      try {
        return new TextDecoder('utf-8', { fatal, ignoreBOM: true }).decode(view);
      } catch {
        return null;
      }
    },
    latin1_decode: (view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('latin1'),
    url_parse: (input, base) => tried(() => (base === null ? new URL(input) : new URL(input, base))),
    url_set: (href, part, value) => tried(() => {
      const url = new URL(href);
      url[part] = value;
      return url;
    }),
    memory_usage: () => array([5, 4, 3, 2, 1]),
    exit(code) { throw new ExitCalled(`exit ${code}`); },
    promise_state: (promise) => array(state.promises.get(promise) ?? [0]),
    proxy_target: (value) => (types.isProxy(value) ? state.proxies(value) : undefined),
    module_resolve: (request, from) => resolveFile(state.files, request, from),
    module_kind: (file) => (file.endsWith('.json') ? 'json' : file.endsWith('.mjs') ? 'module' : 'commonjs'),
    module_read: (file) => state.files[file],
    module_compile: (file, source) => vm.runInContext(
      `(function (exports, require, module, __filename, __dirname) {${source}\n})`, state.context, { filename: file }),
    module_require: (file) => state.namespaces[file],
    ...(state.eager ? {} : { part_load: (name) => state.evaluate(partFile(name)) }),
    module_import: (file) => realm.Promise.resolve(state.namespaces[file]),
  };
}

function resolveFile(files, request, from) {
  const base = request.startsWith('.') ? path.posix.join(path.posix.dirname(from), request)
    : path.posix.join('node_modules', request);
  for (const end of ['', '.js', '.json', '.cjs', '.mjs', '/index.js', '/index.json']) {
    if (Object.hasOwn(files, base + end)) return base + end;
  }
  return null;
}

// With it a context can look behind its proxies; a native operation does the same.
const PROXIES = new WeakMap();
const WATCH_PROXIES = `(function (note) {
  const Original = Proxy;
  globalThis.Proxy = new Original(Original, {
    construct(target, [behind, handler]) {
      const proxy = new target(behind, handler);
      note(proxy, behind);
      return proxy;
    },
  });
})`;

/**
 * A fresh context with the files of `folders` in it.
 * @param {{folders?: string[], ops?: (state: object) => object, files?: object, namespaces?: object,
 *   warm?: string | null, eager?: boolean}} options `warm`: a file that gets all register functions
 *   first; `eager`: evaluate the parts at once
 */
export function boot({ folders = [engineFolder], ops = () => ({}), files = {}, namespaces = {}, warm = null, eager = false } = {}) {
  const context = vm.createContext({});
  const realm = vm.runInContext('({ Uint8Array, ArrayBuffer, Array, Promise, Object, Error })', context);
  vm.runInContext(WATCH_PROXIES, context)((proxy, target) => PROXIES.set(proxy, target));
  const state = {
    context, realm, files, namespaces, printed: [], clock: new Clock(), promises: new WeakMap(),
    proxies: (value) => PROXIES.get(value), eager,
    evaluate: (name) => vm.runInContext(readFileSync(name, 'utf8'), context, { filename: name }),
  };
  const binding = vm.runInContext('({ ops: {}, hooks: {} })', context);
  Object.assign(binding.ops, engineOps(state), ops(state));
  const registers = folders.flatMap((folder) => (
    listFiles(folder, eager).map((file) => state.evaluate(path.join(folder, file)))));
  if (warm !== null) state.evaluate(warm)(registers);
  for (const register of registers) register(binding);
  binding.hooks.start();
  return {
    binding, state, hooks: binding.hooks, printed: state.printed, clock: state.clock,
    run: (source) => vm.runInContext(source, context, { filename: 'test.js' }),
    advance: (ms) => state.clock.advance(ms, (id) => binding.hooks.fireTimer(id)),
  };
}

/** Lets the promises that are ready run. */
export function settle() {
  return new Promise((resolve) => { setImmediate(resolve); });
}
