'use strict';
// The caller's span out of request headers: W3C Trace Context and B3 in one or several headers.

const W3C = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const B3 = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d]))?(?:-[0-9a-f]{16})?$/;
const NAMES = new Set(['traceparent', 'tracestate', 'baggage', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags']);

/** Whether the head of a call may have any of them, without parsing it. */
function mayHaveParent(headText) {
  return headText.includes('traceparent"') || headText.includes('b3"') || headText.includes('"x-b3-') || headText.includes('"baggage"');
}

const isZero = (id) => /^0+$/.test(id);

function parent(traceId, spanId, traceFlags, traceState) {
  if (isZero(traceId) || isZero(spanId)) return null;
  return { traceId: traceId.padStart(32, '0'), spanId, traceFlags, traceState };
}

/** W3C Trace Context §3.2; version `ff` is forbidden, version 00 has nothing behind the flags. */
function fromW3c(header, state) {
  const match = W3C.exec(header ?? '');
  if (match === null || match[1] === 'ff' || (match[1] === '00' && match[5] !== undefined)) return null;
  return parent(match[2], match[3], Number.parseInt(match[4], 16) & 1, state);
}

function fromB3(header) {
  const match = B3.exec((header ?? '').toLowerCase());
  return match === null ? null : parent(match[1], match[2], match[3] === '0' ? 0 : 1);
}

function fromB3Headers(found) {
  const text = `${found['x-b3-traceid'] ?? ''}-${found['x-b3-spanid'] ?? ''}`;
  const sampled = found['x-b3-flags'] === '1' || !/^(0|false)$/.test(found['x-b3-sampled'] ?? '1');
  return fromB3(`${text}-${sampled ? 1 : 0}`);
}

/**
 * What flat `headers` (name, value, …, names in lower case) carry.
 * @returns {{parent: object | null, baggage: string | undefined, denied: boolean}}
 */
function extract(headers) {
  const found = {};
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i];
    if (!NAMES.has(name)) continue;
    const joins = (name === 'tracestate' || name === 'baggage') && found[name] !== undefined;
    found[name] = joins ? `${found[name]},${headers[i + 1]}` : headers[i + 1];
  }
  return {
    parent: fromW3c(found.traceparent, found.tracestate) ?? fromB3(found.b3) ?? fromB3Headers(found),
    baggage: found.baggage,
    // B3 can say "do not sample" without naming a trace.
    denied: found.b3 === '0' || found['x-b3-sampled'] === '0',
  };
}

/** The headers by which a span leaves the process. */
function inject(context, baggage, set) {
  const { traceId, spanId, traceFlags, traceState } = context;
  set('traceparent', `00-${traceId}-${spanId}-0${traceFlags & 1}`);
  const state = typeof traceState === 'string' ? traceState : traceState?.serialize();
  if (state) set('tracestate', state);
  set('x-b3-traceid', traceId);
  set('x-b3-spanid', spanId);
  set('x-b3-sampled', String(traceFlags & 1));
  if (baggage) set('baggage', baggage);
}

module.exports = { mayHaveParent, extract, inject };
