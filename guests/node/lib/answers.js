'use strict';
// How calls end: what the function returned, threw or sent, as frames.
const { Kind } = require('./frames.js');
const { describe } = require('./describe.js');
const { Leaving } = require('./exit.js');
const { isStreamed, readableOf, isWebResponse, copyHead, nextOf } = require('./bodies.js');

/** Length below which a body fits into one frame whatever its characters are. */
const SMALL = 1024 * 1024;

/** The heads of answers on which nothing was set. */
const PLAIN = Object.freeze(Object.fromEntries(
  ['none', 'text', 'json', 'bytes', 'throwntext', 'thrown'].map((r) => [r, `{"r":"${r}"}`])));

const NOT_ENDED = 'ended its response';

/** Part of the time limit after which a call is not cut off because its caller has left. */
const MOST = 0.9;

/** The part of the guest that answers. */
class Answers {
  returned(call, given) {
    const res = call._res;
    if (call.answered) return;
    // The response itself is what a chain of its methods, or a pipe into it, gives.
    const value = given !== null && given === res ? undefined : given;
    if (this.takesExpress || (res !== null && (res._state !== 0 || res.finished))) {
      this.alreadyBegun(call, value);
      return;
    }
    // A handler that takes the callback and returns nothing will call it; a file or a stream on
    // its way into the response will end it, and so will an application that took it over.
    if (value === undefined && ((call.usesCallback && given === undefined) || (res !== null && this.isAwaited(res)))) {
      const waits = call.usesCallback && given === undefined;
      this.lacking(call, waits ? 'called its callback, which is its third parameter' : NOT_ENDED);
      if (waits) this.pending.doubt(call, () => this.uncalled(call));
      return;
    }
    if (value === undefined || value === null || value === '') {
      this.give(call, 'none', undefined);
    } else if (typeof value === 'string') {
      this.give(call, 'text', value);
    } else if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
      this.give(call, 'text', String(value));
    } else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      this.give(call, 'bytes', value);
    } else if (isStreamed(value)) {
      this.giveStream(call, readableOf(value));
    } else if (isWebResponse(value)) {
      copyHead(value, call.res);
      if (value.body === null) call.res.end();
      else this.giveStream(call, readableOf(value.body));
    } else {
      this.giveJson(call, value);
    }
  }

  /** The function writes its answer itself; a text or bytes that it returned are the rest of it. */
  alreadyBegun(call, value) {
    const res = call._res;
    const rest = typeof value === 'string' || ArrayBuffer.isView(value);
    if (rest && res !== null && res._state === 1 && !res.finished && !this.takesExpress) res.end(value);
    else this.lacking(call, NOT_ENDED);
  }

  /** The handler has returned nothing, and nothing is left that could call its callback. */
  uncalled(call) {
    call.usesCallback = false;
    call.lacks = null;
    this.returned(call, undefined);
  }

  /** The handler has returned, and something else must happen for an answer. */
  lacking(call, what) {
    call.lacks = { what, since: performance.now() };
  }

  /** The call is cut off: says what was waited for, where it was for long enough to be a mistake. */
  tellLacking(call) {
    const { lacks } = call;
    if (lacks !== null && performance.now() - lacks.since >= this.context.timeout * 1000 * MOST) {
      this.log(call, 'error', `the handler had returned and had not ${lacks.what}`);
    }
  }

  isAwaited(res) { return res._awaited || Object.getPrototypeOf(res) !== this.Response.prototype; }

  giveJson(call, value) {
    let json;
    try {
      json = JSON.stringify(value);
    } catch (error) {
      this.threw(call, error);
      return;
    }
    if (json !== undefined) this.give(call, 'json', json);
    else if (typeof value === 'object') this.give(call, 'none', undefined);
    else this.threw(call, new TypeError(`the function returned a ${typeof value}, which cannot be sent`));
  }

  /** What comes out of a stream is the body. */
  giveStream(call, source) {
    require('node:stream').pipeline(source, call.res, (error) => {
      if (error) this.threw(call, error);
    });
  }

  /** The third argument. A handler that declares it and returns nothing will call it. */
  callbackOf(call) {
    if (this.handler.usesCallback) call.usesCallback = true;
    return (body, status, headers) => {
      if (call.answered) return;
      if (status !== undefined && status !== null) call.res.status(status);
      if (headers !== undefined && headers !== null) call.res.set(headers);
      call.usesCallback = false;
      if (body instanceof Error && !status) this.threw(call, body);
      else this.returned(call, body);
    };
  }

  threw(call, error) {
    if (error instanceof Leaving) return;
    if (typeof error !== 'string') this.log(call, 'error', describe(error, this.folder));
    const res = call._res;
    if (call.answered || (res !== null && (res._state === 2 || res.finished))) return;
    call.status = 500;
    if (res !== null && res._state === 1) {
      this.end(call, JSON.stringify({ kind: 'internal', message: 'the function failed while it streamed its answer' }));
      res.abandon();
      return;
    }
    this.give(call, typeof error === 'string' ? 'throwntext' : 'thrown', typeof error === 'string' ? error : undefined);
  }

  /** Sends the answer that the return value stands for, with what was set on the response. */
  give(call, r, body) {
    const small = body === undefined || (typeof body === 'string' ? body.length : body.byteLength) < SMALL;
    if (small && (call._res === null || call._res.untouched)) {
      this.out.frame(Kind.respond, this.fn, call.number, PLAIN[r], body);
      this.done(call);
      call._res?._finish();
    } else {
      if (r === 'thrown' || r === 'throwntext') call.res.statusCode = 500;
      call.res._give(r, body);
    }
  }

  /** The platform's own answer for a call that could not run. */
  fail(call, kind, message) {
    const head = { r: 'failed', e: { kind, message } };
    this.respond(call, head, undefined);
  }

  /** `req.next`, which Express's own methods tell what they cannot do: see {@link nextOf}. */
  next(call) {
    return nextOf(call, (error) => this.threw(call, error), (text) => this.log(call, 'warn', text));
  }

  // --- what responses answer through

  respond(call, fields, body) {
    if (call.answered) return;
    this.out.frame(Kind.respond, this.fn, call.number, JSON.stringify(fields), body);
    if (!fields.more) this.done(call);
  }

  chunk(call, bytes) {
    if (!call.answered) this.out.frame(Kind.respondChunk, this.fn, call.number, '', bytes);
  }

  ended(call) { this.end(call, ''); }

  /** The function destroyed its response. */
  destroyed(call, streaming, error) {
    const message = error ? String(error.message ?? error) : 'the function destroyed its response';
    call.status = 500;
    if (streaming) this.end(call, JSON.stringify({ kind: 'internal', message }));
    else this.fail(call, 'internal', message);
  }

  end(call, head) {
    if (call.answered) return;
    this.out.frame(Kind.end, this.fn, call.number, head, undefined);
    this.done(call);
  }
}

module.exports = { Answers };
