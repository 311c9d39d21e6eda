// A function in a context of its own, with operations that note what they were asked.
import { AsyncLocalStorage } from 'node:async_hooks';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { boot, engineFolder, settle } from '../../../avocet-engine/js/test/harness.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const sandboxFolder = path.join(here, '..');
export { settle };

function text(body) {
  if (body === null || typeof body === 'string') return body;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function sandboxOps(sandbox) {
  const { answers, logs, spans, hostCalls } = sandbox;
  const begin = (call, answer) => {
    if (answers.has(call)) throw new Error(`call ${call} was answered twice`);
    answers.set(call, answer);
  };
  const bytes = (state) => {
    const out = new state.realm.Uint8Array(sandbox.body.length);
    out.set(sandbox.body);
    return out.buffer;
  };
  return (state) => ({
    body_text: () => sandbox.body.toString('utf8'),
    body_bytes: () => bytes(state),
    respond_none: (call) => begin(call, { r: 'none' }),
    respond_text: (call, body) => begin(call, { r: 'text', body }),
    respond_json: (call, body) => begin(call, { r: 'json', body }),
    respond_bytes: (call, view) => begin(call, { r: 'bytes', body: text(view) }),
    respond(call, r, s, h, x, body, more) {
      const answer = { r };
      if (s !== 0) answer.s = s;
      if (h !== null) answer.h = Array.from(h);
      if (x !== null) answer.x = Array.from(x);
      if (body !== null) answer.body = text(body);
      if (more) answer.chunks = [];
      begin(call, answer);
    },
    respond_failed: (call, kind, message) => begin(call, { r: 'failed', e: { kind, message } }),
    respond_chunk(call, body) {
      answers.get(call).chunks.push(text(body));
      return !sandbox.full;
    },
    respond_end(call, failure) { answers.get(call).end = failure ?? true; },
    log: (call, level, line) => logs.push({ call, level, text: line }),
    host_call(call, head, body) {
      const { op, traceparent = null, tracestate = null, ...rest } = JSON.parse(head);
      hostCalls.push({ call, op, rest, body: text(body), traceparent, tracestate });
      return hostCalls.length;
    },
    span: (call, json) => spans.push({ call, ...JSON.parse(json) }),
    current_call: () => sandbox.store.getStore() ?? 0,
  });
}

/**
 * Loads a function.
 * @param {string | Record<string, string>} source the entry's text, or files by path
 * @param {object} [options] `definition`: fields of the load head; `namespaces`: what ES modules export, by path
 */
export async function load(source, { definition = {}, namespaces = {}, warm = null, eager = false } = {}) {
  const files = typeof source === 'string' ? { 'handler.js': source } : source;
  const sandbox = {
    answers: new Map(), logs: [], spans: [], hostCalls: [], body: Buffer.alloc(0), full: false,
    store: new AsyncLocalStorage(), // the call, kept across `await` as V8 keeps it
  };
  const engine = boot({ folders: [engineFolder, sandboxFolder], ops: sandboxOps(sandbox), files, namespaces, warm, eager });
  await engine.hooks.load(JSON.stringify({
    name: 'demo', namespace: 'default', revision: 1, runtime: 'v8', entry: 'handler.js', export: 'main',
    files: [], env: { COLOR: 'blue' }, context: { 'function-name': 'demo', timeout: 180 }, ...definition,
  }));
  return new Loaded(engine, sandbox);
}

let lastCall = 0;

/** A function that is ready for calls. */
class Loaded {
  constructor(engine, sandbox) {
    Object.assign(this, { engine, sandbox, hooks: engine.hooks, logs: sandbox.logs, spans: sandbox.spans });
  }

  /** Begins a call and returns its number. Fields as in the invoke head, `headers`, `body`. */
  begin({ m = 'GET', u = '/', k = 'none', headers = {}, body = '', ...rest } = {}) {
    lastCall += 1;
    const id = lastCall;
    const h = Array.isArray(headers) ? headers : Object.entries(headers).flat();
    const head = JSON.stringify({ m, u, h, k, ip: '127.0.0.1', ...rest });
    this.sandbox.body = Buffer.from(body);
    const invoke = () => this.hooks.invoke(id, head, this.sandbox.body.length);
    this.sandbox.store.run(id, invoke);
    this.sandbox.body = Buffer.from('a body that is read too late');
    return id;
  }

  answer(id) {
    return this.sandbox.answers.get(id);
  }

  /** Calls and waits until everything that is ready has run. */
  async call(request) {
    const id = this.begin(request);
    await settle();
    return this.answer(id);
  }
}
