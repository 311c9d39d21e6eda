'use strict';
// The worker's heart: frames in, calls of the one function that it holds, frames out.
const { AsyncLocalStorage } = require('node:async_hooks');
const express = require('express');
const { Decoder, Writer, Kind, VERSION } = require('./frames.js');
const { requestClass } = require('./request.js');
const { responseClass } = require('./response.js');
const { Call, BadBody } = require('./call.js');
const { createEvent } = require('./event.js');
const { loadHandler, sourceError } = require('./handler.js');
const { captureOutput, describe } = require('./log.js');

/** Milliseconds that a shutdown waits for calls in flight. */
const DRAIN_LIMIT_MS = 30_000;

class Guest {
  constructor(socket, { exit = process.exit } = {}) {
    this.exit = exit;
    this.out = new Writer(socket);
    this.current = new AsyncLocalStorage();
    this.calls = new Map();
    this.waiting = []; // invokes that came before the function was ready
    this.fn = 0;
    this.handler = null;
    this.loading = null;
    this.hostCalls = new Map();
    this.nextHostCall = 1;
    this.warned = new Set();
    const app = express();
    app.set('x-powered-by', false);
    this.Request = requestClass(app);
    this.Response = responseClass(app, this);
    const decoder = new Decoder((...frame) => this.onFrame(...frame));
    socket.on('data', (bytes) => {
      try {
        decoder.push(bytes);
      } catch (error) {
        process.stderr.write(`worker: the supervisor sent nonsense: ${error.stack}\n`);
        this.exit(70);
      }
    });
    // The supervisor is gone: so is the reason to live.
    socket.on('close', () => this.exit(0));
    socket.on('error', () => this.exit(0));
  }

  onFrame(kind, fn, number, headText, body) {
    switch (kind) {
      case Kind.invoke: this.invoke(number, headText, body); break;
      case Kind.credit: this.calls.get(number)?._res?.credit(JSON.parse(headText).n); break;
      case Kind.cancel: this.cancel(number); break;
      case Kind.hostReply: this.hostReply(JSON.parse(headText), body); break;
      case Kind.ping: this.out.frame(Kind.pong, fn, number, JSON.stringify(this.state()), undefined); break;
      case Kind.hello: this.hello(JSON.parse(headText)); break;
      case Kind.load: this.load(fn, JSON.parse(headText)); break;
      case Kind.unload:
      case Kind.shutdown: this.shutdown(); break;
      default: throw new Error(`frame kind ${kind} is not for a worker`);
    }
  }

  hello(head) {
    if (head.version !== VERSION) {
      process.stderr.write(`worker: protocol ${head.version} is not spoken here (${VERSION} is)\n`);
      this.exit(65);
      return;
    }
    const answer = { version: VERSION, pid: process.pid, engine: `Node.js ${process.versions.node}` };
    this.out.frame(Kind.hello, 0, 0, JSON.stringify(answer), undefined);
  }

  state() {
    const { heapUsed } = process.memoryUsage();
    return { awake: this.handler === null ? 0 : 1, calls: this.calls.size, heap_bytes: heapUsed };
  }

  // --- the function

  load(fn, head) {
    const begun = performance.now();
    if (this.fn !== 0) {
      this.loaded(fn, begun, { message: 'this worker holds a function already' });
      return;
    }
    this.fn = fn;
    this.definition = head;
    this.context = Object.freeze(head.context);
    // The newest generation hands over request and response and ignores what is returned.
    this.express = Number(/^nodejs(\d+)$/.exec(head.runtime)?.[1] ?? 0) >= 26;
    Object.assign(process.env, head.env);
    captureOutput(this);
    this.loading = this.ready(fn, head, begun);
  }

  async ready(fn, head, begun) {
    try {
      process.chdir(head.dir);
      const handler = await loadHandler(head.dir, head.entry, head.export);
      this.handler = handler;
      this.loaded(fn, begun);
    } catch (error) {
      this.failure = sourceError(error, head.dir);
      this.loaded(fn, begun, this.failure);
    }
    const waiting = this.waiting;
    this.waiting = [];
    for (const [number, headText, body] of waiting) this.invoke(number, headText, body);
  }

  loaded(fn, begun, error) {
    const head = { took_ms: performance.now() - begun };
    if (error !== undefined) head.error = error;
    this.out.frame(Kind.loaded, fn, 0, JSON.stringify(head), undefined);
  }

  // --- calls

  invoke(number, headText, body) {
    if (this.handler === null) {
      if (this.failure !== undefined) {
        this.fail(number, 'not-loaded', `the function could not be loaded: ${this.failure.message}`);
      } else {
        this.waiting.push([number, headText, Buffer.from(body)]);
      }
      return;
    }
    const call = new Call(this, number, JSON.parse(headText), body);
    try {
      call.readBody();
    } catch (error) {
      if (!(error instanceof BadBody)) throw error;
      this.fail(number, 'bad-body', error.message);
      return;
    }
    this.calls.set(number, call);
    this.current.run(call, run, this, call);
  }

  returned(call, value) {
    const res = call._res;
    if (call.answered || res !== null && res._state !== 0 || this.express) return;
    // A handler that takes the callback and returns nothing will call it.
    if (value === undefined && call.usesCallback) return;
    if (value === undefined || value === null || value === '') {
      this.give(call, 'none', undefined);
    } else if (typeof value === 'string') {
      this.give(call, 'text', value);
    } else if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
      this.give(call, 'text', String(value));
    } else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      this.give(call, 'bytes', value);
    } else {
      let json;
      try {
        json = JSON.stringify(value);
      } catch (error) {
        this.threw(call, error);
        return;
      }
      if (json === undefined) this.give(call, 'none', undefined);
      else this.give(call, 'json', json);
    }
  }

  /** The third argument, made only for handlers that declare it. */
  callbackOf(call) {
    if (this.handler.length < 3) return undefined;
    call.usesCallback = true;
    return (body, status, headers) => {
      if (call.answered) return;
      if (status !== undefined) call.res.status(status);
      if (headers !== undefined && headers !== null) call.res.set(headers);
      call.usesCallback = false;
      this.returned(call, body);
    };
  }

  threw(call, error) {
    if (typeof error !== 'string') this.log(call.number, 'error', describe(error));
    const res = call._res;
    if (call.answered || res !== null && res._state === 2) return;
    if (res !== null && res._state === 1) {
      this.broken(call.number, 'the function failed while it streamed its answer');
      res._state = 2;
      return;
    }
    this.give(call, typeof error === 'string' ? 'thrown-text' : 'thrown', typeof error === 'string' ? error : undefined);
  }

  /** Sends the answer that the return value stands for, with what was set on the response. */
  give(call, r, body) {
    const res = call._res;
    const kind = r === 'thrown-text' ? 'throwntext' : r;
    const head = res === null || res.untouched ? PLAIN[kind] : JSON.stringify(res.fields(kind, false));
    if (res !== null) {
      res._state = 2;
      res.finished = true;
      res._close();
    }
    this.out.frame(Kind.respond, this.fn, call.number, head, body);
    this.done(call);
  }

  /** The platform's own answer for a call that could not run. */
  fail(number, kind, message) {
    const head = { r: 'failed', e: { kind, message } };
    this.out.frame(Kind.respond, this.fn, number, JSON.stringify(head), undefined);
  }

  done(call) {
    call.answered = true;
    this.calls.delete(call.number);
    if (this.draining && this.calls.size === 0) this.leave();
  }

  cancel(number) {
    const call = this.calls.get(number);
    if (call === undefined) return;
    call._res?.abandon();
    this.done(call);
  }

  // --- what responses answer through

  respond(number, fields, body) {
    const call = this.calls.get(number);
    if (call === undefined) return;
    this.out.frame(Kind.respond, this.fn, number, JSON.stringify(fields), body);
    if (!fields.more) this.done(call);
  }

  chunk(number, bytes) {
    if (this.calls.has(number)) this.out.frame(Kind.respondChunk, this.fn, number, '', bytes);
  }

  end(number) { this.finish(number, ''); }

  broken(number, message) { this.finish(number, JSON.stringify({ kind: 'internal', message })); }

  finish(number, head) {
    const call = this.calls.get(number);
    if (call === undefined) return;
    this.out.frame(Kind.end, this.fn, number, head, undefined);
    this.done(call);
  }

  // --- services

  log(number, level, text) {
    this.out.frame(Kind.log, this.fn, number, `{"level":"${level}","time":${Date.now()}}`, text);
  }

  /** Publishes a CloudEvent; settles as the publisher answered. */
  publish(call, event) {
    return new Promise((resolve, reject) => {
      const c = this.nextHostCall++;
      this.hostCalls.set(c, { resolve, reject });
      const head = JSON.stringify({ c, op: 'events.publish' });
      this.out.frame(Kind.hostCall, this.fn, call.number, head, JSON.stringify(event));
    });
  }

  hostReply(head, body) {
    const asked = this.hostCalls.get(head.c);
    if (asked === undefined) return;
    this.hostCalls.delete(head.c);
    const response = { status: head.s, statusText: head.error ?? 'OK', headers: {}, data: body.toString('utf8') };
    if (head.error === undefined && head.s < 400) asked.resolve(response);
    else asked.reject(Object.assign(new Error(`emitCloudEvent: ${head.error ?? `status ${head.s}`}`), { response }));
  }

  deprecated(old, instead) {
    if (this.warned.has(old)) return;
    this.warned.add(old);
    this.log(0, 'warn', `event.${old} is deprecated: use event.${instead}`);
  }

  // --- the end

  shutdown() {
    this.draining = true;
    if (this.calls.size === 0) this.leave();
    else setTimeout(() => this.leave(), DRAIN_LIMIT_MS).unref();
  }

  leave() {
    this.out.flush();
    this.out.socket.end(() => this.exit(0));
  }
}

const PLAIN = Object.freeze(Object.fromEntries(
  ['none', 'text', 'json', 'bytes', 'throwntext', 'thrown'].map((r) => [r, `{"r":"${r}"}`])));

/** Runs the handler inside the call's async context. */
function run(guest, call) {
  let value;
  try {
    value = guest.express
      ? guest.handler(call.req, call.res)
      : guest.handler(createEvent(call), guest.context, guest.callbackOf(call));
  } catch (error) {
    guest.threw(call, error);
    return;
  }
  if (value !== null && typeof value === 'object' && typeof value.then === 'function') {
    value.then((result) => guest.returned(call, result), (error) => guest.threw(call, error));
  } else {
    guest.returned(call, value);
  }
}

module.exports = { Guest };
