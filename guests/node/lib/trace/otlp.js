'use strict';
// Values of spans in the shape of OTLP/JSON.

const INT64 = 2n ** 63n;

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

function anyValue(value) {
  switch (typeof value) {
    case 'string': return { stringValue: value };
    case 'boolean': return { boolValue: value };
    case 'number': return ofNumber(value);
    case 'bigint': return ofBigInt(value);
    default: return Array.isArray(value) ? { arrayValue: { values: value.map(anyValue) } } : { stringValue: String(value) };
  }
}

/** An object of attributes as OTLP's list. */
function attributes(object) {
  const list = [];
  for (const key of Object.keys(object ?? {})) {
    if (object[key] !== undefined && object[key] !== null) list.push({ key, value: anyValue(object[key]) });
  }
  return list;
}

const fromMillis = (millis) => {
  const whole = Math.floor(millis);
  return `${whole}${String(Math.floor((millis - whole) * 1e6)).padStart(6, '0')}`;
};

/** Nanoseconds of any of OpenTelemetry's `TimeInput`s, as a decimal string; now, where absent. */
function nanos(time) {
  if (Array.isArray(time)) return time[0] === 0 ? String(time[1]) : `${time[0]}${String(time[1]).padStart(9, '0')}`;
  if (time instanceof Date) return fromMillis(time.getTime());
  // A small number counts from the start of the process, as performance.now() does.
  if (typeof time === 'number') return fromMillis(time < performance.timeOrigin ? performance.timeOrigin + time : time);
  return fromMillis(performance.timeOrigin + performance.now());
}

/** A finished span of the SDK. */
function ofReadableSpan(span) {
  const { traceId, spanId, traceState } = span.spanContext();
  return {
    traceId, spanId, traceState: traceState?.serialize(), parentSpanId: span.parentSpanContext?.spanId,
    name: span.name, kind: span.kind + 1,
    startTimeUnixNano: nanos(span.startTime), endTimeUnixNano: nanos(span.endTime),
    attributes: attributes(span.attributes),
    events: span.events.map((event) => ({ timeUnixNano: nanos(event.time), name: event.name, attributes: attributes(event.attributes) })),
    links: span.links.map(({ context, attributes: own }) => ({ traceId: context.traceId, spanId: context.spanId, attributes: attributes(own) })),
    status: span.status.code === 0 ? {} : { code: span.status.code, message: span.status.message },
    scope: span.instrumentationScope.name,
  };
}

module.exports = { attributes, nanos, ofReadableSpan };
