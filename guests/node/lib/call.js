'use strict';
// One call of the function: its head, its body, its request and response, and how it ends.
const qs = require('qs');
const { dataOf } = require('./cloudevents.js');

/** The body is not what its content type says: 400, and the function is not called. */
class BadBody extends Error {}

class Call {
  constructor(guest, number, head, bytes) {
    this.guest = guest;
    this.number = number;
    this.head = head;
    this.bytes = bytes;
    this.envelope = null;
    this.hasData = false;
    this.data = undefined;
    this._req = null;
    this._res = null;
    this.answered = false;
    this.usesCallback = false;
  }

  get req() {
    if (this._req === null) {
      this._req = new this.guest.Request(this.head, this.bytes.length === 0 ? null : this.bytes);
      if (this.hasData || this.envelope !== null) this._req.body = this.envelope ?? this.data;
      this._link();
    }
    return this._req;
  }

  get res() {
    if (this._res === null) {
      this._res = new this.guest.Response(this.number, this.req);
      this._link();
    }
    return this._res;
  }

  /** Express's methods reach from each of the two to the other. */
  _link() {
    if (this._res === null) {
      // `req.res` is looked at by few (req.fresh); make the response only for them.
      Object.defineProperty(this._req, 'res', {
        configurable: true, enumerable: true, get: () => this.res,
        set: (value) => Object.defineProperty(this._req, 'res', { value, writable: true, configurable: true, enumerable: true }),
      });
    } else if (this._req !== null) {
      Object.defineProperty(this._req, 'res', { value: this._res, writable: true, configurable: true, enumerable: true });
    }
  }

  /** Reads the body by its kind. Throws {@link BadBody}. */
  readBody() {
    const { bytes } = this;
    switch (this.head.k) {
      case 'json':
        this._give(bytes.length === 0 ? {} : parse(bytes));
        break;
      case 'event':
        this.envelope = parse(bytes);
        try {
          const data = dataOf(this.envelope);
          if (data !== undefined) this._give(data);
        } catch (error) {
          throw new BadBody(`the event's data is not valid JSON: ${error.message}`);
        }
        break;
      case 'text': this._give(bytes.toString('utf8')); break;
      case 'form': this._give(qs.parse(bytes.toString('utf8'), { parameterLimit: 1000, depth: 32, allowPrototypes: false })); break;
      case 'binary': this._give(bytes); break;
      default: break; // none, multipart: the bytes, if any, stay on the request's stream
    }
  }

  _give(data) {
    this.data = data;
    this.hasData = true;
  }
}

function parse(bytes) {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new BadBody(`the body is not valid JSON: ${error.message}`);
  }
}

module.exports = { Call, BadBody };
