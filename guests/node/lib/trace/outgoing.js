'use strict';
// Requests that the function makes carry its trace: `http.request` (axios and most clients) and
// `fetch` (undici). What the function set itself stays.
const http = require('node:http');
const https = require('node:https');
const { syncBuiltinESMExports } = require('node:module');
const { channel } = require('node:diagnostics_channel');

/** The headers by which the span of an invocation leaves the process. */
function inject({ plain, given }, set) {
  const { traceId, spanId, traceFlags } = plain;
  set('traceparent', `00-${traceId}-${spanId}-0${traceFlags}`);
  if (given.state) set('tracestate', given.state);
  set('x-b3-traceid', traceId);
  set('x-b3-spanid', spanId);
  set('x-b3-sampled', String(traceFlags));
  if (given.baggage) set('baggage', given.baggage);
}

/** Puts the active span's headers into a request through `set(name, value)`. */
function carry(guest, has, set) {
  const store = guest.current.getStore();
  if (store === undefined || has('traceparent')) return;
  if (store.call === store) inject(store.span, set);
  else guest.telemetry().api.propagation.inject(store.context, {}, { set: (_carrier, name, value) => set(name, value) });
}

function carryIntoClientRequest(guest, request) {
  // Headers given as a list, or with `Expect`, were written when the request was made.
  if (!request.headersSent) carry(guest, (name) => request.hasHeader(name), (name, value) => request.setHeader(name, value));
  return request;
}

/** Once per process, when the function is loaded. */
function instrument(guest) {
  for (const module of [http, https]) {
    const { request } = module;
    module.request = function (...args) { return carryIntoClientRequest(guest, request.apply(this, args)); };
    module.get = function (...args) {
      const made = module.request(...args);
      made.end();
      return made;
    };
  }
  syncBuiltinESMExports();
  channel('undici:request:create').subscribe(({ request }) => {
    const names = String(request.headers ?? '').toLowerCase();
    carry(guest, (name) => names.includes(name), (name, value) => request.addHeader(name, value));
  });
}

module.exports = { carry, instrument };
