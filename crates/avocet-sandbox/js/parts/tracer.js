(function tracerPart(binding) {
  'use strict';

  const { ops } = binding;

  binding.define('tracer', () => {
    const { scope } = binding;
    const { randomHex } = binding.use('crypto');
    const MAX_ITEMS = 128;
    const SAMPLED = 1;
    const INT64 = 2n ** 63n;

    /** What spans without another parent are in, as the platform says: the context of a span, or a decision alone. */
    function rootOf(call) {
      const { id, span, sampled = true, state } = call.head.t ?? {};
      return { traceId: id, spanId: span, traceFlags: sampled ? SAMPLED : 0, traceState: state };
    }

    /** A trace of its own. */
    const ALONE = { traceFlags: SAMPLED };

    /** Epoch nanoseconds as text, out of what the OpenTelemetry API takes for a time. */
    function toNanos(time) {
      if (Array.isArray(time)) return String(BigInt(time[0]) * 1000000000n + BigInt(Math.round(time[1])));
      let ms = time instanceof Date ? time.getTime() : time;
      const { performance } = globalThis;
      // Numbers that would be before 1973 are times of `performance.now()`.
      if (typeof ms !== 'number') ms = performance.timeOrigin + performance.now();
      else if (ms < 1e11) ms += performance.timeOrigin;
      const whole = Math.floor(ms);
      return String(BigInt(whole) * 1000000n + BigInt(Math.round((ms - whole) * 1e6)));
    }

    /** Numbers that JSON does not have are texts, as in protobuf's JSON. */
    function ofNumber(value) {
      if (Number.isSafeInteger(value)) return { intValue: value };
      return { doubleValue: Number.isFinite(value) ? value : String(value) };
    }

    /** Integers of 64 bits are texts where a number of JavaScript does not hold them. */
    function ofBigInt(value) {
      const near = Number(value);
      if (Number.isSafeInteger(near)) return { intValue: near };
      if (value >= -INT64 && value < INT64) return { intValue: String(value) };
      return Number.isFinite(near) ? { doubleValue: near } : { stringValue: String(value) };
    }

    /** A value as OTLP has it (`AnyValue`). */
    function toValue(value) {
      switch (typeof value) {
        case 'string': return { stringValue: value };
        case 'boolean': return { boolValue: value };
        case 'number': return ofNumber(value);
        case 'bigint': return ofBigInt(value);
        default: return Array.isArray(value) ? { arrayValue: { values: value.map(toValue) } } : { stringValue: String(value) };
      }
    }

    function toAttributes(values) {
      const out = [];
      for (const key of Object.keys(values ?? {})) {
        const value = values[key];
        if (value !== undefined && value !== null && out.length < MAX_ITEMS) out.push({ key, value: toValue(value) });
      }
      return out;
    }

    const isTime = (value) => typeof value === 'number' || value instanceof Date || (Array.isArray(value) && value.length === 2);

    /** A span of the OpenTelemetry API. */
    class Span {
      #call;
      #context;
      #data;
      #attributes = {};
      #ended = false;

      constructor(call, name, options, parent) {
        this.#call = call;
        this.#context = {
          traceId: parent.traceId ?? randomHex(16), spanId: randomHex(8), traceFlags: parent.traceFlags,
        };
        if (parent.traceState !== undefined) this.#context.traceState = parent.traceState;
        this.#data = {
          name: String(name), kind: (options.kind ?? 0) + 1, parent: parent.spanId,
          start: toNanos(options.startTime), events: [], links: options.links ?? [], status: { code: 0 },
        };
        this.setAttributes(options.attributes);
      }

      spanContext() { return { ...this.#context }; }

      isRecording() { return !this.#ended && (this.#context.traceFlags & SAMPLED) !== 0; }

      setAttribute(key, value) {
        if (!this.#ended && value !== undefined && value !== null) this.#attributes[key] = value;
        return this;
      }

      setAttributes(values) {
        for (const key of Object.keys(values ?? {})) this.setAttribute(key, values[key]);
        return this;
      }

      addEvent(name, attributesOrTime, time) {
        if (this.#ended || this.#data.events.length >= MAX_ITEMS) return this;
        const early = isTime(attributesOrTime);
        this.#data.events.push({
          timeUnixNano: toNanos(early ? attributesOrTime : time), name: String(name),
          attributes: toAttributes(early ? undefined : attributesOrTime),
        });
        return this;
      }

      addLink(link) {
        if (!this.#ended) this.#data.links = [...this.#data.links, link];
        return this;
      }

      addLinks(links) {
        for (const link of links) this.addLink(link);
        return this;
      }

      recordException(error, time) {
        const attributes = typeof error === 'string' ? { 'exception.message': error } : {
          'exception.type': error?.code === undefined ? error?.name : String(error.code),
          'exception.message': error?.message,
          'exception.stacktrace': error?.stack,
        };
        this.addEvent('exception', attributes, time);
      }

      setStatus(status) {
        if (this.#ended) return this;
        this.#data.status = { code: status?.code ?? 0 };
        if (status?.message !== undefined) this.#data.status.message = String(status.message);
        return this;
      }

      updateName(name) {
        if (!this.#ended) this.#data.name = String(name);
        return this;
      }

      end(time) {
        if (this.#ended) return;
        const recorded = this.isRecording();
        this.#ended = true;
        if (recorded) ops.span(this.#call, JSON.stringify(this.#toOtlp(toNanos(time))));
      }

      #toOtlp(end) {
        const { name, kind, parent, start, events, links, status } = this.#data;
        const { traceId, spanId, traceState } = this.#context;
        return {
          traceId, spanId, traceState, parentSpanId: parent, name, kind,
          startTimeUnixNano: start, endTimeUnixNano: end,
          attributes: toAttributes(this.#attributes), events,
          links: links.slice(0, MAX_ITEMS).map(({ context, attributes }) => ({
            traceId: context.traceId, spanId: context.spanId, attributes: toAttributes(attributes),
          })),
          status,
        };
      }
    }

    /**
     * `event.tracer`: a Tracer of the OpenTelemetry API, in the trace of the call. Contexts of that
     * API are accepted and not looked at: the active span is the parent.
     */
    class Tracer {
      #call;
      #root;

      constructor(call) {
        this.#call = call.id;
        this.#root = rootOf(call);
      }

      startSpan(name, options = {}) {
        const parent = options?.root ? ALONE : scope.span()?.spanContext() ?? this.#root;
        return new Span(this.#call, name, options ?? {}, parent);
      }

      startActiveSpan(name, ...rest) {
        const work = rest.pop();
        if (typeof work !== 'function') throw new TypeError('startActiveSpan: the last argument must be a function');
        const span = this.startSpan(name, rest[0]);
        const frame = new scope.Frame(this.#call, span);
        const result = scope.run(frame, work, span);
        if (typeof result?.then === 'function') scope.hold(frame, result);
        return result;
      }
    }

    /** The span that is active in a call, as W3C headers; null where the call is in no trace. */
    function outgoing(call) {
      const { traceId, spanId, traceFlags, traceState } = scope.span()?.spanContext() ?? rootOf(call);
      if (traceId === undefined) return null;
      return { traceparent: `00-${traceId}-${spanId}-0${traceFlags & SAMPLED}`, tracestate: traceState };
    }

    return { Tracer, outgoing };
  });
})
