'use strict';
// One call of the function: its head, its body, its request and response, and how it ends.
const { dataOf } = require('./cloudevents.js');
const { ServerSpan } = require('./trace/span.js');

const EMPTY = Buffer.alloc(0);

/** The body is not what its content type says: 400, and the function is not called. */
class BadBody extends Error {}

class Call {
  /** `headText`: JSON, parsed when something looks into it; most functions never do. */
  constructor(guest, number, headText) {
    this.guest = guest;
    this.number = number;
    this.headText = headText;
    this.bytes = EMPTY;
    this.body = null; // an Incoming, where the body comes while the function runs
    this.kind = 'none';
    this.envelope = null;
    this.hasData = false;
    this.data = undefined;
    this.answered = false;
    this.cancelled = false; // nobody waits for the answer any more
    this.usesCallback = false;
    this.rejections = null; // by promise: rejected, and not handled yet
    this.doubt = null; // what is done where nothing is left that could settle it
    this.lacks = null; // what is missing for an answer, and since when, where the handler has returned
    this.status = 200; // what the answer's will be, for the span
    this._head = null;
    this._req = null;
    this._res = null;
    this._span = null;
    this._context = null;
    this._findKind();
  }

  /** What runs inside a call and inside one of its spans is found the same way. */
  get call() { return this; }

  get head() { return this._head ??= JSON.parse(this.headText); }

  /** The kind of the body stands near the head's end; a quote inside a value is escaped there. */
  _findKind() {
    const at = this.headText.lastIndexOf('"k":"');
    this.kind = at < 0 ? this.head.k ?? 'none' : this.headText.slice(at + 5, this.headText.indexOf('"', at + 5));
  }

  get req() {
    if (this._req === null) {
      this._req = new this.guest.Request(this);
      if (this.hasData || this.envelope !== null) this._req.body = this.envelope ?? this.data;
      this._link();
    }
    return this._req;
  }

  get res() {
    if (this._res === null) {
      this._res = new this.guest.Response(this, this.req);
      this._link();
    }
    return this._res;
  }

  /** Express's methods reach from each of the two to the other. */
  _link() {
    const settle = (value) => Object.defineProperty(this._req, 'res', { value, writable: true, configurable: true, enumerable: true });
    if (this._res !== null) {
      settle(this._res);
    } else {
      // `req.res` is looked at by few (req.fresh); make the response only for them.
      Object.defineProperty(this._req, 'res', { configurable: true, enumerable: true, get: () => this.res, set: settle });
    }
  }

  /** The span of the invocation, made when something needs it. */
  get span() { return this._span ??= new ServerSpan(this); }

  /** OpenTelemetry's context of the invocation: inside its span, with the caller's baggage. */
  get context() { return this._context ??= this.guest.telemetry().contextOf(this); }

  /** The function ended the connection, without an answer or amid one. */
  hangUp() {
    if (!this.answered) this.res.destroy(new Error('the function closed the connection'));
  }

  /** Reads the body by its kind. Throws {@link BadBody}. */
  readBody() {
    const { bytes } = this;
    switch (this.kind) {
      case 'none': break;
      case 'json': this._give(bytes.length === 0 ? {} : parse(bytes)); break;
      case 'text': this._give(bytes.toString('utf8')); break;
      case 'form': this._give(formOf(bytes)); break;
      case 'binary': if (bytes.length > 0) this._give(bytes); break; // nothing is no data
      case 'event': this._readEvent(bytes); break;
      default: break; // multipart, stream: the bytes stay on the request
    }
  }

  _readEvent(bytes) {
    this.envelope = parse(bytes);
    try {
      const data = dataOf(this.envelope);
      if (data !== undefined) this._give(data);
    } catch (error) {
      throw new BadBody(`the event's data is not valid JSON: ${error.message}`);
    }
  }

  _give(data) {
    this.data = data;
    this.hasData = true;
  }
}

function parse(bytes) {
  try {
    const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf; // a byte order mark
    return JSON.parse(bytes.utf8Slice(marked ? 3 : 0));
  } catch (error) {
    throw new BadBody(`the body is not valid JSON: ${error.message}`);
  }
}

function formOf(bytes) {
  const { parse: parseForm, TooDeep } = require('./forms.js');
  try {
    return parseForm(bytes.toString('utf8'));
  } catch (error) {
    throw error instanceof TooDeep ? new BadBody(error.message) : error;
  }
}

module.exports = { Call, BadBody, EMPTY };
