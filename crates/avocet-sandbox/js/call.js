(function callPart(binding) {
  'use strict';

  const { head: { find, toObject } } = binding;
  // The function may put something else in its place.
  const { parse } = JSON;

  /** Calls that have not been answered yet, by number; calls answered at once are never in it. */
  binding.flying = null;
  binding.onStart(() => {
    binding.flying = new Map();
  });

  /**
   * One invocation: what came with it, and what was made of it so far. All parts but the body are
   * made when the function first looks at them.
   */
  class Call {
    /**
     * @param {number} id
     * @param {string} head JSON text of `head::Invoke`
     * @param {number} kind as in `head.KINDS`
     */
    constructor(id, head, kind) {
      this.id = id;
      this.text = head;
      this.kind = kind;
      // The body: text for JSON, text, forms and structured events; an ArrayBuffer for the rest.
      this.raw = null;
      this.data = undefined;
      // Attributes of a structured CloudEvent.
      this.attributes = null;
      this.parsed = null;
      this.headerObject = null;
      this.request = null;
      this.response = null;
      this.extensions = null;
      this.tracer = null;
      this.methods = null;
      this.answered = false;
      // A stream on its way into the response will end it: nothing returned is no answer.
      this.piped = false;
      this.cancelled = false;
    }

    get head() {
      if (this.parsed === null) this.parsed = parse(this.text);
      return this.parsed;
    }

    get headers() {
      if (this.headerObject === null) this.headerObject = toObject(this.head.h);
      return this.headerObject;
    }

    /** The first value of a header, without making the object of all. */
    header(name) {
      return find(this.head.h, name);
    }

    /** The body's bytes; null where it has none. */
    get bytes() {
      if (this.raw === null) return null;
      const { Buffer } = binding.use('buffer');
      return Buffer.from(this.raw);
    }
  }

  binding.Call = Call;
})
