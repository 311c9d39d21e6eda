'use strict';
// The module `sdk` of functions that are called as main(req, res).
const { buildEvent } = require('./cloudevents.js');

let guest = null;

/** The worker says which function this process holds. */
function attach(to) { guest = to; }

const field = (name) => guest.context[name];

/** The CloudEvent in a request, as an object of its attributes and `data`; undefined where it is none. */
function getCloudEvent(req) {
  const call = req?._call;
  if (call === undefined) throw new TypeError('getCloudEvent: give it the request that main was called with');
  const event = require('./event.js').createEvent(call);
  const found = {};
  for (const name of Object.keys(event)) if (name.startsWith('ce-')) found[name.slice(3)] = event[name];
  if (found.id === undefined && found.type === undefined) return undefined;
  // The names as they stand on the wire reach the same values.
  for (const name of Object.keys(found)) Object.defineProperty(found, `ce-${name}`, { value: found[name] });
  if (call.hasData) found.data = call.data;
  return found;
}

exports.getTracer = () => guest.tracer;
exports.getCloudEvent = getCloudEvent;
exports.emitCloudEvent = async (type, source, data, attributes) => (
  guest.publish(guest.current.getStore()?.call, buildEvent(type, source, data, attributes)));
exports.getFunctionName = () => field('function-name');
exports.getNamespace = () => field('namespace');
exports.getRuntime = () => field('runtime');
exports.getTimeout = () => field('timeout');
exports.getBodySizeLimit = () => field('body-size-limit');
// Not for functions: it must not show up among the module's names.
Object.defineProperty(exports, 'attach', { value: attach });
