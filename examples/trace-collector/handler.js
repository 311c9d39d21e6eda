// A trace collector of a few lines: POST is OTLP over HTTP in its JSON encoding, GET /TRACE-ID shows
// the spans of a trace as a tree, once the platform has exported them (it gathers for a second).
const KEPT = 100;
const PATIENCE_MS = 20_000;

const traces = new Map();
let waiting = [];

module.exports = {
  main: async function (event, context) {
    const { method, path } = event.extensions.request;
    if (method === "POST") return collect(event.data);
    const trace = path.slice(1);
    if (!traces.has(trace)) await exported(trace);
    const spans = traces.get(trace);
    if (spans === undefined) {
      event.setResponseStatus(404);
      return "No span of that trace came. Is TRACE_COLLECTOR_ENDPOINT set for the server?";
    }
    const ids = new Set(spans.map((span) => span.spanId));
    return tree(spans, spans.filter((span) => !ids.has(span.parentSpanId)), "");
  },
};

function collect({ resourceSpans = [] }) {
  for (const { scopeSpans } of resourceSpans) {
    for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
      traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), span]);
    }
  }
  for (const trace of [...traces.keys()].slice(0, -KEPT)) traces.delete(trace);
  waiting.forEach((wake) => wake());
  waiting = [];
  return {};
}

async function exported(trace) {
  let over = false;
  setTimeout(() => {
    over = true;
    waiting.forEach((wake) => wake());
  }, PATIENCE_MS);
  while (!traces.has(trace) && !over) await new Promise((wake) => waiting.push(wake));
}

function tree(spans, siblings, indent) {
  const begin = (span) => BigInt(span.startTimeUnixNano);
  siblings.sort((a, b) => (begin(a) < begin(b) ? -1 : 1));
  return siblings
    .flatMap((span) => {
      const children = spans.filter((child) => child.parentSpanId === span.spanId);
      return [indent + span.name, ...(children.length > 0 ? [tree(spans, children, `${indent}  `)] : [])];
    })
    .join("\n");
}
