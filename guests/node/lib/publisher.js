'use strict';
// Events that the function publishes: asked of the platform, which knows where they go.

/** What a client like axios makes of an answer: JSON is parsed, everything else is text. */
function dataOf(body) {
  const text = body.toString('utf8');
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Settles as the publisher answered, in the shape of an axios response or error. */
async function publish(host, call, event) {
  const answer = await host.ask(call, { op: 'events.publish' }, JSON.stringify(event));
  const { status, error, body } = answer;
  const { STATUS_CODES } = require('node:http');
  const response = { status, statusText: error ?? STATUS_CODES[status] ?? '', headers: {}, data: dataOf(body) };
  if (error === undefined && status < 400) return response;
  throw Object.assign(new Error(`emitCloudEvent: ${error ?? `status ${status}`}`), { response, status });
}

module.exports = { publish };
