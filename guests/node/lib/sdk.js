'use strict';
// The module `sdk` of functions that are called as main(req, res).
const { buildEvent } = require('./cloudevents.js');

let guest = null;

/** The worker says which function this process holds. */
function attach(to) { guest = to; }

const field = (name) => guest.context[name];

/** The CloudEvent in a request, as the CloudEvents SDK's own object; null where it is none. */
function getCloudEvent(req) {
  const call = req?._call;
  if (call === undefined) throw new TypeError('getCloudEvent: give it the request that main was called with');
  const { headers } = req;
  const isEvent = call.kind === 'event' || ['ce-type', 'ce-id', 'ce-specversion'].some((name) => headers[name] !== undefined);
  if (!isEvent) return null;
  const body = call.kind === 'event' ? call.bytes.toString('utf8') : call.data;
  return require('cloudevents').HTTP.toEvent({ headers, body });
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
