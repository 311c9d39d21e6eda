'use strict';
// OpenTelemetry in the worker: the SDK behind the global API, loaded when the function (or a
// library of it) first touches it. Finished spans leave as frames; the supervisor exports them.
const { SCOPE } = require('./span.js');
const { ofReadableSpan } = require('./otlp.js');

/** Where every copy of @opentelemetry/api 1.x looks for what is registered. */
const API = Symbol.for('opentelemetry.js.api.1');

/** Makes the first touch of the global API, by whichever copy of it, load what is behind it. */
function registerLazily(telemetry) {
  Object.defineProperty(globalThis, API, {
    configurable: true,
    get() {
      telemetry();
      return globalThis[API];
    },
    set(value) {
      telemetry();
      Object.assign(globalThis[API], value);
    },
  });
}

/** OpenTelemetry's active context, kept where the current call is kept. */
class CallContexts {
  constructor(guest, root) {
    this.guest = guest;
    this.root = root;
  }

  active() { return this.guest.current.getStore()?.context ?? this.root; }

  with(context, work, self, ...args) {
    const call = this.guest.current.getStore()?.call;
    return this.guest.current.run({ call, context }, () => work.apply(self, args));
  }

  bind(context, target) {
    if (typeof target === 'function') {
      const contexts = this;
      return function bound(...args) { return contexts.with(context, target, this, ...args); };
    }
    if (typeof target?.on !== 'function') return target;
    for (const name of ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener']) {
      const add = target[name];
      target[name] = (event, listener) => add.call(target, event, this.bind(context, listener));
    }
    return target;
  }

  enable() { return this; }
  disable() { return this; }
}

class Telemetry {
  constructor(guest) {
    delete globalThis[API];
    const api = require('@opentelemetry/api');
    const sdk = require('@opentelemetry/sdk-trace-base');
    const core = require('@opentelemetry/core');
    const { B3Propagator, B3InjectEncoding } = require('@opentelemetry/propagator-b3');
    this.api = api;
    this.TraceState = core.TraceState;
    const provider = new sdk.BasicTracerProvider({
      sampler: new sdk.ParentBasedSampler({ root: guest.tracing ? new sdk.AlwaysOnSampler() : new sdk.AlwaysOffSampler() }),
      spanProcessors: [new FrameProcessor(guest)],
    });
    api.trace.setGlobalTracerProvider(provider);
    api.context.setGlobalContextManager(new CallContexts(guest, api.ROOT_CONTEXT));
    api.propagation.setGlobalPropagator(new core.CompositePropagator({
      propagators: [
        new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }), new B3Propagator(),
        new core.W3CTraceContextPropagator(), new core.W3CBaggagePropagator(),
      ].map((one, index) => (index === 1 ? extractOnly(one) : one)),
    }));
    // A function may bring a later 1.x of the API, which takes only what says that it is as new.
    globalThis[API].version = '1.999.0';
    this.tracer = provider.getTracer(SCOPE);
  }

  traceState(text) { return text ? new this.TraceState(text) : undefined; }

  contextOf(call) {
    const { api } = this;
    const { baggage } = call.span.given;
    let context = api.trace.setSpan(api.ROOT_CONTEXT, call.span);
    if (baggage !== undefined) {
      const carried = api.propagation.extract(api.ROOT_CONTEXT, { baggage });
      const found = api.propagation.getBaggage(carried);
      if (found !== undefined) context = api.propagation.setBaggage(context, found);
    }
    return context;
  }
}

/** B3 in one header is understood and not sent. */
function extractOnly(propagator) {
  return { inject() {}, extract: (...args) => propagator.extract(...args), fields: () => [] };
}

class FrameProcessor {
  constructor(guest) { this.guest = guest; }
  onStart() {}
  onEnd(span) {
    const sampled = (span.spanContext().traceFlags & 1) === 1;
    if (sampled) this.guest.sendSpan(this.guest.current.getStore()?.call?.number ?? 0, JSON.stringify(ofReadableSpan(span)));
  }
  async forceFlush() {}
  async shutdown() {}
}

module.exports = { Telemetry, registerLazily };
