'use strict';
// A server of the handler contract as such servers are built on Express: Express 5, body-parser,
// OpenTelemetry with HTTP instrumentation, request and response handed to the function,
// the return value mapped to the answer. One function per process.
//
// SPANS=1 really records a span per request and exports it to TRACE_COLLECTOR_ENDPOINT; without it
// the instrumentation is loaded but samples nothing, the cheaper of the two ways in which such
// servers run.
const { context, trace, propagation } = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { B3Propagator, B3InjectEncoding } = require('@opentelemetry/propagator-b3');
const {
  NodeTracerProvider, BatchSpanProcessor, AlwaysOnSampler, AlwaysOffSampler, ParentBasedSampler,
} = require('@opentelemetry/sdk-trace-node');

const spans = process.env.SPANS === '1';
const exporter = () => {
  const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
  return new OTLPTraceExporter({ url: process.env.TRACE_COLLECTOR_ENDPOINT });
};
const provider = new NodeTracerProvider({
  sampler: new ParentBasedSampler({ root: spans ? new AlwaysOnSampler() : new AlwaysOffSampler() }),
  spanProcessors: spans ? [new BatchSpanProcessor(exporter())] : [],
});
provider.register({ propagator: new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }) });
// Instrumentation only changes modules that are loaded after it.
registerInstrumentations({
  tracerProvider: provider,
  instrumentations: [new HttpInstrumentation()],
});

const express = require('express');
const bodyParser = require('body-parser');
const { text, order } = require('./functions.js');
const handler = process.env.FUNCTION === 'order' ? order : text;
const tracer = trace.getTracer('functions');
const timeoutMs = 180_000;

const app = express();
const limit = '1mb';
app.use(bodyParser.json({ type: ['application/json', 'application/cloudevents+json', '*/*+json'], limit }));
app.use(bodyParser.text({ type: ['text/*'], limit }));
app.use(bodyParser.urlencoded({ limit, extended: true }));
app.use(bodyParser.raw({ type: () => true, limit }));
app.get('/healthz', (_req, res) => res.status(200).send('OK'));

const attributes = ['type', 'source', 'specversion', 'id', 'time', 'eventtypeversion', 'datacontenttype'];

function buildEvent(req, res) {
  const event = { data: req.body, extensions: { request: req, response: res }, tracer };
  for (const name of attributes) {
    const value = req.get(`ce-${name}`);
    if (value !== undefined) event[`ce-${name}`] = value;
  }
  event.setResponseHeader = (name, value) => res.set(name, value);
  event.setResponseContentType = (type) => res.type(type);
  event.setResponseStatus = (status) => res.status(status);
  event.emitCloudEvent = () => Promise.reject(new Error('no publisher in the benchmark'));
  return event;
}

function answer(res, value) {
  if (res.writableEnded) return;
  switch (typeof value) {
    case 'undefined': res.end(); break;
    case 'object': res.json(value); break;
    default: res.end(String(value));
  }
}

app.use((req, res) => {
  res.set('Access-Control-Allow-Origin', '*');
  if (req.method === 'OPTIONS') {
    res.set('Access-Control-Allow-Methods', req.get('access-control-request-method') ?? '*');
    res.set('Access-Control-Allow-Headers', req.get('access-control-request-headers') ?? '*');
    res.end();
    return;
  }
  const timer = setTimeout(() => res.status(408).end(), timeoutMs);
  const carried = propagation.extract(context.active(), req.headers);
  context.with(carried, async () => {
    try {
      answer(res, await handler(buildEvent(req, res), {
        'function-name': 'bench', timeout: 180, runtime: 'nodejs20', 'memory-limit': '200Mi',
      }));
    } catch (error) {
      console.error(error);
      if (!res.headersSent) res.status(500).end(typeof error === 'string' ? error : 'Internal server error');
    } finally {
      clearTimeout(timer);
    }
  });
});

app.listen(Number(process.env.PORT), '127.0.0.1');
