'use strict';
// The span of an invocation: OpenTelemetry's `Span`, without the SDK's cost, because most
// functions never look at it. It ends with the invocation.
const ids = require('./ids.js');
const { attributes, nanos } = require('./otlp.js');

const SCOPE = 'io.kyma-project.serverless';
const NONE = Object.freeze({});

/** What the supervisor made of the caller's headers. A quote in a string is escaped: what is found is the key. */
const traceOf = (call) => (call.headText.includes('"t":') ? call.head.t : NONE);

class ServerSpan {
  #call;
  #context = null;
  #start = performance.now();
  #extra = null; // what the function set, where it did

  constructor(call) {
    const given = traceOf(call);
    this.#call = call;
    this.given = given; // `head::Trace`
    this.traceId = given.id ?? ids.traceId();
    this.spanId = ids.spanId();
    this.sampled = given.sampled ?? call.guest.tracing;
  }

  /** For `inject`: no object of OpenTelemetry's API is needed. */
  get plain() {
    return { traceId: this.traceId, spanId: this.spanId, traceFlags: this.sampled ? 1 : 0, traceState: this.given.state };
  }

  spanContext() {
    return this.#context ??= { ...this.plain, traceState: this.#call.guest.telemetry().traceState(this.given.state) };
  }

  isRecording() { return this.sampled && !this.#call.answered; }
  setAttribute(key, value) { return this.setAttributes({ [key]: value }); }

  setAttributes(values) {
    Object.assign((this.#set.attributes ??= {}), values);
    return this;
  }

  addEvent(name, given, time) {
    const timed = typeof given === 'number' || given instanceof Date || Array.isArray(given);
    (this.#set.events ??= []).push({
      timeUnixNano: nanos(timed ? given : time), name, attributes: timed ? [] : attributes(given),
    });
    return this;
  }

  addLink({ context, attributes: own }) {
    (this.#set.links ??= []).push({ traceId: context.traceId, spanId: context.spanId, attributes: attributes(own) });
    return this;
  }

  addLinks(links) {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status) {
    this.#set.status = status;
    return this;
  }

  updateName(name) {
    this.#set.name = name;
    return this;
  }

  recordException(error, time) {
    this.addEvent('exception', {
      'exception.type': error?.name, 'exception.message': error?.message ?? String(error), 'exception.stacktrace': error?.stack,
    }, time);
  }

  /** The platform ends it, with the invocation. */
  end() {}

  get #set() { return this.#extra ??= {}; }

  /** The finished span as OTLP/JSON. */
  toJson(status) {
    const { guest, headText } = this.#call;
    const extra = this.#extra;
    if (extra === null && this.given === NONE && METHOD.test(headText)) {
      return `{"traceId":"${this.traceId}","spanId":"${this.spanId}","name":${guest.spanName(METHOD.exec(headText)[1])},"kind":2,`
        + `"startTimeUnixNano":"${nanos(this.#start)}","endTimeUnixNano":"${nanos()}",`
        + `"attributes":[{"key":"http.response.status_code","value":{"intValue":${status}}}],`
        + `"status":${status >= 500 ? '{"code":2}' : '{}'},"scope":"${SCOPE}"}`;
    }
    return JSON.stringify({
      traceId: this.traceId, spanId: this.spanId, traceState: this.given.state, parentSpanId: this.given.span,
      name: extra?.name ?? JSON.parse(guest.spanName(this.#call.head.m)), kind: 2,
      startTimeUnixNano: nanos(this.#start), endTimeUnixNano: nanos(),
      attributes: attributes({ 'http.response.status_code': status, ...extra?.attributes }),
      events: extra?.events, links: extra?.links,
      status: extra?.status ?? (status >= 500 ? { code: 2 } : {}), scope: SCOPE,
    });
  }
}

/** The method stands first in the head. */
const METHOD = /^\{"m":"([A-Z]+)"/;

module.exports = { ServerSpan, SCOPE };
