'use strict';
// A request body that comes while the function runs: read from the request's stream, with credit
// given back as the function takes it.

class Incoming {
  /** @param grant called with the number of bytes that were taken */
  constructor(grant) {
    this.chunks = [];
    this.grant = grant;
    this.ended = false;
    this.error = null;
    this.reader = null; // the stream that asked for more
  }

  push(chunk) {
    this.chunks.push(chunk);
    this.pump();
  }

  /** Nothing follows; `error`: why the body is not complete, or null. */
  end(error) {
    if (this.ended) return;
    this.ended = true;
    this.error = error;
    this.pump();
  }

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
    if (this.error === null) {
      reader.push(null);
      return;
    }
    // As in Node.js, nobody has to listen for it.
    if (reader.listenerCount('error') === 0) reader.on('error', () => {});
    reader.destroy(this.error);
  }
}

module.exports = { Incoming };
