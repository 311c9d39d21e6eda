'use strict';
// Values that stand for a body that comes in pieces, or for a whole answer; and what Express's
// methods do where they cannot answer.
const { STATUS_CODES } = require('node:http');

/** Of Node.js or of the web; naming the web's class would load it. */
const isNodeStream = (value) => typeof value.pipe === 'function' && typeof value.on === 'function';
const isWebStream = (value) => typeof value.getReader === 'function' && typeof value.pipeTo === 'function';

/** Whether a value is sent piece by piece: a stream, an async generator. */
function isStreamed(value) {
  return isNodeStream(value) || isWebStream(value) || typeof value[Symbol.asyncIterator] === 'function';
}

/** Texts and bytes as they are, anything else as a line of JSON. */
async function* chunksOf(iterable) {
  for await (const item of iterable) {
    yield typeof item === 'string' || ArrayBuffer.isView(item) ? item : `${JSON.stringify(item)}\n`;
  }
}

function readableOf(value) {
  if (isNodeStream(value)) return value;
  const { Readable } = require('node:stream');
  return isWebStream(value) ? Readable.fromWeb(value) : Readable.from(chunksOf(value), { objectMode: true });
}

/** What `fetch` gives, handed on as the answer. */
const isWebResponse = (value) => value[Symbol.toStringTag] === 'Response' && typeof value.arrayBuffer === 'function';

/** Status and headers of a web `Response`. `fetch` has decoded its body already. */
function copyHead({ status, headers }, res) {
  res.status(status);
  const decoded = headers.has('content-encoding');
  for (const [name, value] of headers) {
    if (decoded && (name === 'content-encoding' || name === 'content-length')) continue;
    if (name === 'connection' || name === 'transfer-encoding' || name === 'keep-alive') continue;
    if (name === 'set-cookie') res.append(name, value);
    else res.setHeader(name, value);
  }
}

const ofBody = ['Content-Encoding', 'Content-Length', 'Content-Range', 'ETag', 'Last-Modified', 'Cache-Control', 'Content-Disposition'];

/**
 * `next` behind the last handler, as Express has it: an error with a status of the caller's fault
 * (a file that is not there, nothing acceptable) is answered with that, any other fails the call.
 */
function nextOf(call, fail, warn) {
  return (error) => {
    const { res } = call;
    if (call.answered || res.headersSent) return;
    const status = error ? error.status ?? error.statusCode : 404;
    if (!(status >= 400 && status < 500)) {
      fail(error);
      return;
    }
    if (error) warn(`${status} ${STATUS_CODES[status]}: ${error.message}`);
    for (const name of ofBody) res.removeHeader(name);
    res.status(status).set(error?.headers ?? {}).type('txt').send(STATUS_CODES[status] ?? String(status));
  };
}

module.exports = { isStreamed, readableOf, isWebResponse, copyHead, nextOf };
