'use strict';
// The worker's heart: frames in, calls of the one function that it holds, frames out.
const { AsyncLocalStorage } = require('node:async_hooks');
const { Answers } = require('./answers.js');
const { Decoder, Writer, Kind, VERSION } = require('./frames.js');
const { Call, BadBody } = require('./call.js');
const { Incoming } = require('./incoming.js');
const { createEvent } = require('./event.js');
const { describe } = require('./describe.js');
const { Log, captureOutput } = require('./log.js');
const { Host } = require('./host.js');
const { publish } = require('./publisher.js');
const { watchExit, Leaving } = require('./exit.js');
const { Pending } = require('./pending.js');
const { Rejections } = require('./rejections.js');

/** Bytes that may wait for the supervisor; spans beyond are dropped. */
const MAX_SPAN_BACKLOG = 4 * 1024 * 1024;

class Guest extends Answers {
  constructor(socket) {
    super();
    this.out = new Writer(socket);
    this.current = new AsyncLocalStorage(); // the call, or {call, context} inside one of its spans
    this.calls = new Map();
    this.waiting = []; // calls that came before the function was ready
    this.fn = 0;
    this.folder = ''; // where the function's files are
    this.handler = null;
    this.failure = undefined;
    this.tracing = false;
    this.host = new Host(this);
    this.logs = new Log(this);
    this.pending = new Pending(this);
    this.rejections = new Rejections(this);
    this.signalled = false; // by SIGTERM itself, which has the function's own listeners called
    this.onTerm = () => {
      this.signalled = true;
      this.shutdown();
    };
    this.warned = new Set();
    this.hasOpenLine = false;
    this.flushOutput = () => {};
    this.exit = watchExit(this);
    const decoder = new Decoder(this.onFrame.bind(this));
    socket.on('data', (bytes) => {
      try {
        decoder.push(bytes);
      } catch (error) {
        process.stderr.write(`worker: the supervisor sent nonsense: ${error.stack}\n`);
        this.exit(70);
      }
    });
    socket.on('drain', () => this.logs.tellDropped());
    // The supervisor is gone: so is the reason to live.
    socket.on('close', () => this.exit(0));
    socket.on('error', () => this.exit(0));
  }

  // Express comes with the first function that looks at its request or response, or into a worker
  // that waits for a function: loading it is most of a cold start and a fifth of the memory.

  get Request() { return this.express().Request; }
  get Response() { return this.express().Response; }

  express() {
    const { requestClass } = require('./request.js');
    const { responseClass } = require('./response.js');
    const app = require('express')();
    app.set('x-powered-by', false);
    const made = { Request: requestClass(app), Response: responseClass(app) };
    const http = require('node:http');
    const { graft } = require('./graft.js');
    graft(made.Request.prototype, http.IncomingMessage.prototype);
    graft(made.Response.prototype, http.ServerResponse.prototype, ['sendFile', 'render']);
    for (const name of Object.keys(made)) Object.defineProperty(this, name, { value: made[name] });
    return made;
  }

  onFrame(kind, fn, number, data, headAt, bodyAt, end) {
    if (kind === Kind.invoke) {
      const call = new Call(this, number, data.utf8Slice(headAt, bodyAt));
      if (end !== bodyAt) call.bytes = data.subarray(bodyAt, end);
      this.invoke(call);
      return;
    }
    const head = () => JSON.parse(data.toString('utf8', headAt, bodyAt));
    switch (kind) {
      case Kind.bodyChunk: this.calls.get(number)?.body?.push(data.subarray(bodyAt, end)); break;
      case Kind.end: this.calls.get(number)?.body?.end(headAt === bodyAt ? null : aborted(head())); break;
      case Kind.credit: this.calls.get(number)?._res?._out?.credit(head().n); break;
      case Kind.cancel: this.cancel(number); break;
      case Kind.hostReply: this.host.settled(head(), data.subarray(bodyAt, end)); break;
      case Kind.ping: this.out.frame(Kind.pong, fn, number, JSON.stringify(this.state()), undefined); break;
      case Kind.hello: this.hello(head()); break;
      case Kind.load: this.load(fn, head()); break;
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
    if (head.warm > 0) setImmediate(() => this.warm());
  }

  /** In a worker that waits for its function: everything that a function may need is loaded. */
  warm() {
    if (this.fn !== 0) return;
    this.Request;
    require('./trace/outgoing.js');
    require('./children.js');
    require('./handler.js');
  }

  state() {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return { awake: this.handler === null ? 0 : 1, calls: this.calls.size, working: this.pending.any, heap_bytes: heapUsed + arrayBuffers };
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
    const generation = Number(/^nodejs(\d+)$/.exec(head.runtime)?.[1] ?? 0);
    // The newest generation hands over request and response and ignores what is returned.
    this.takesExpress = generation >= 26;
    const { AVOCET_CLUSTER: cluster, ...env } = head.env ?? {};
    Object.assign(process.env, env);
    if (cluster !== undefined) require('./cluster.js').reach(cluster, head.namespace);
    this.tracing = Boolean(head.env?.TRACE_COLLECTOR_ENDPOINT);
    this.flushOutput = captureOutput(this);
    this.ready(fn, head, begun);
  }

  async ready(fn, head, begun) {
    const { loadHandler, sourceError } = require('./handler.js');
    try {
      require('./trace/telemetry.js').registerLazily(() => this.telemetry());
      require('./trace/outgoing.js').instrument(this);
      require('./children.js').keepInput();
      if (this.takesExpress) require('./sdk.js').attach(this);
      require('./hooks.js').provide(this.takesExpress);
      require('./avocet.js').attach(this);
      this.folder = head.dir;
      process.chdir(head.dir);
      this.pending.begin();
      this.handler = await loadHandler(head.dir, head.entry, head.export);
      this.loaded(fn, begun);
    } catch (error) {
      this.failure = sourceError(error, head.dir);
      this.loaded(fn, begun, this.failure);
    }
    const { waiting } = this;
    this.waiting = [];
    for (const call of waiting) if (!call.answered) this.invoke(call);
  }

  loaded(fn, begun, error) {
    const head = { took_ms: performance.now() - begun };
    if (error !== undefined) head.error = error;
    this.out.frame(Kind.loaded, fn, 0, JSON.stringify(head), undefined);
  }

  /** OpenTelemetry's SDK, loaded when something needs it. */
  telemetry() {
    const { Telemetry } = require('./trace/telemetry.js');
    const telemetry = new Telemetry(this);
    this.telemetry = () => telemetry;
    return telemetry;
  }

  get tracer() { return this.telemetry().tracer; }

  /** The name of a call's span, as JSON. */
  spanName(method) { return JSON.stringify(`${method} ${this.context['function-name']}`); }

  // --- calls

  invoke(call) {
    const { number } = call;
    if (this.handler === null && this.failure !== undefined) {
      this.fail(call, 'not-loaded', `the function could not be loaded: ${this.failure.message}`);
      return;
    }
    this.calls.set(number, call);
    if (call.kind === 'stream' && call.body === null) {
      call.body = new Incoming((n) => {
        if (this.calls.has(number)) this.out.frame(Kind.credit, this.fn, number, `{"n":${n}}`, undefined);
      });
    }
    this.begin(call);
  }

  begin(call) {
    if (call.answered) return;
    if (this.handler === null) {
      if (this.failure === undefined) this.waiting.push(call);
      else this.invoke(call);
      return;
    }
    try {
      call.readBody();
    } catch (error) {
      if (!(error instanceof BadBody)) throw error;
      this.fail(call, 'bad-body', error.message);
      return;
    }
    if (this.tracing) call.span; // it starts now
    this.current.run(call, run, this, call);
  }

  done(call) {
    call.answered = true;
    // What comes now has nowhere to go: the supervisor sends no more of it.
    if (call.body !== null && !call.body.ended) call.body.end(aborted({ message: 'the call was answered before its body was read' }));
    // One that was handled by what gave the answer is told of after this turn.
    if (call.rejections !== null && call.rejections.size > 0) setImmediate(() => this.rejections.tell(call));
    if (call._req !== null && call._req._events !== undefined && !call.cancelled) call._req.over();
    this.calls.delete(call.number);
    if (this.hasOpenLine) {
      this.hasOpenLine = false;
      this.flushOutput();
    }
    if (this.logs.dropped > 0) this.logs.tellDropped();
    if (this.tracing && call._span !== null && call._span.sampled) this.sendSpan(call.number, call._span.toJson(call.status));
    if (this.draining && this.calls.size === 0) this.leave();
  }

  cancel(number) {
    const call = this.calls.get(number);
    if (call === undefined) return;
    this.tellLacking(call);
    call.status = 499;
    call.cancelled = true;
    this.done(call);
    this.current.run(call, () => {
      call._req?.abort();
      call._res?.abandon();
    });
  }

  // --- services

  log(call, level, text) { this.logs.line(call, level, text); }

  /** Whether less than `limit` waits to be taken; tries to hand it over first. */
  hasRoom(limit) {
    if (this.out.backlog < limit) return true;
    this.out.flush();
    return this.out.backlog < limit;
  }

  /** `json`: a finished span. */
  sendSpan(number, json) {
    if (this.hasRoom(MAX_SPAN_BACKLOG)) this.out.frame(Kind.span, this.fn, number, json, undefined);
  }

  publish(call, event) { return publish(this.host, call, event); }

  deprecated(old, instead) {
    if (this.warned.has(old)) return;
    this.warned.add(old);
    this.log(undefined, 'warn', `event.${old} is deprecated: use event.${instead}`);
  }

  /** What went wrong outside of a handler's own promise fails the call that it belongs to. */
  uncaught(error) {
    if (error instanceof Leaving) return;
    // The function's own listener has it.
    if (process.listenerCount('uncaughtException') > 1) return;
    const call = this.current.getStore()?.call;
    if (call !== undefined && !call.answered) this.threw(call, error);
    else this.log(call, 'error', describe(error, this.folder));
  }

  // --- the end

  /** Leaves when the calls in flight are answered; the supervisor decides how long that may take. */
  shutdown() {
    this.draining = true;
    if (this.calls.size === 0) this.leave();
  }

  /** Once: the function's own hooks, then the end. */
  async leave() {
    if (this.leaving) return;
    this.leaving = true;
    await require('./farewell.js').farewell(this, this.onTerm);
    this.cutOff();
  }

  /** Says what is cut off, and ends. */
  cutOff() {
    const rest = this.fn === 0 ? '' : this.pending.describe();
    if (rest !== '') this.log(undefined, 'info', `the instance ends with work under way: ${rest} (scaleConfig.minReplicas keeps one awake)`);
    this.flushOutput();
    this.out.flush();
    this.out.socket.end(() => this.exit(0));
  }
}

function aborted(failure) {
  const error = new Error(failure.message ?? 'aborted');
  error.code = 'ECONNRESET';
  return error;
}

/** Runs the handler inside the call's async context. */
function run(guest, call) {
  let value;
  try {
    value = guest.takesExpress
      ? guest.handler(call.req, call.res)
      : guest.handler(createEvent(call), { ...guest.context }, guest.callbackOf(call));
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
