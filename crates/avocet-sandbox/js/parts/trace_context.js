(function traceContextPart(binding) {
  'use strict';

  binding.define('trace-context', () => {
    const { randomHex } = binding.use('crypto');
    const W3C = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
    const B3 = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d]))?(?:-[0-9a-f]{16})?$/;
    const ID = /^[0-9a-f]{16}$/;
    const SAMPLED = 1;

    const isZero = (id) => /^0+$/.test(id);

    function parent(traceId, spanId, flags, traceState) {
      if (isZero(traceId) || isZero(spanId)) return null;
      return { traceId: traceId.padStart(32, '0'), spanId, traceFlags: flags, traceState, isRemote: true };
    }

    /** W3C Trace Context, section 3.2; the version `ff` is forbidden. */
    function fromW3c(header, state) {
      const match = W3C.exec(header ?? '');
      if (match === null || match[1] === 'ff' || (match[1] === '00' && match[5] !== undefined)) return null;
      return parent(match[2], match[3], Number.parseInt(match[4], 16) & SAMPLED, state);
    }

    function fromB3(header) {
      const match = B3.exec((header ?? '').toLowerCase());
      return match === null ? null : parent(match[1], match[2], match[3] === '0' ? 0 : SAMPLED);
    }

    function fromB3Headers(get) {
      const traceId = (get('x-b3-traceid') ?? '').toLowerCase();
      const spanId = (get('x-b3-spanid') ?? '').toLowerCase();
      if (!(ID.test(traceId) || /^[0-9a-f]{32}$/.test(traceId)) || !ID.test(spanId)) return null;
      const sampled = get('x-b3-flags') === '1' || !/^(0|false)$/.test(get('x-b3-sampled') ?? '1');
      return parent(traceId, spanId, sampled ? SAMPLED : 0);
    }

    /**
     * The caller's span, from W3C or B3 headers; null where there is none.
     * @param {(name: string) => string | undefined} get
     */
    function extract(get) {
      return fromW3c(get('traceparent'), get('tracestate')) ?? fromB3(get('b3')) ?? fromB3Headers(get);
    }

    return { extract, fromW3c, newTraceId: () => randomHex(16), newSpanId: () => randomHex(8), SAMPLED };
  });
})
