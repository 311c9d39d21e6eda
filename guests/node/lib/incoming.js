'use strict';
// A request body that comes in pieces: collected for `event.data`, or read from the request's
// stream with credit given back as the function takes it.

class Incoming {
  /** @param grant called with the number of bytes that were taken */
  constructor(first, grant) {
    this.chunks = first.length === 0 ? [] : [first];
    this.grant = grant;
    this.ended = false;
    this.error = null;
    this.reader = null; // the stream that asked for more
    this.whenWhole = null;
  }

  push(chunk) {
    this.chunks.push(chunk);
    if (this.whenWhole !== null) this.grant(chunk.length);
    this.pump();
  }

  end(error) {
    this.ended = true;
    this.error = error;
    if (this.whenWhole !== null) this.whenWhole(error, Buffer.concat(this.chunks));
    else this.pump();
  }

  /** Calls `done(error, bytes)` with the whole body; what comes is taken at once. */
  collect(done) { this.whenWhole = done; }

  /** The stream wants more. */
  read(reader) {
    this.reader = reader;
    this.pump();
  }

  pump() {
    while (this.reader !== null && this.chunks.length > 0) {
      const chunk = this.chunks.shift();
      const more = this.reader.push(chunk);
      this.grant(chunk.length);
      if (!more) this.reader = null;
    }
    if (!this.ended || this.chunks.length > 0 || this.reader === null) return;
    const { reader } = this;
    this.reader = null;
    if (this.error === null) reader.push(null);
    else reader.destroy(this.error);
  }
}

module.exports = { Incoming };
