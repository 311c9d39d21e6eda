(function domExceptionPart(binding) {
  'use strict';

  binding.define('dom-exception', () => {
    // Names that have a number from the time before names (Web IDL, section 2.8.1).
    const CODES = {
      __proto__: null, IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4,
      InvalidCharacterError: 5, NoModificationAllowedError: 7, NotFoundError: 8,
      NotSupportedError: 9, InUseAttributeError: 10, InvalidStateError: 11, SyntaxError: 12,
      InvalidModificationError: 13, NamespaceError: 14, InvalidAccessError: 15,
      TypeMismatchError: 17, SecurityError: 18, NetworkError: 19, AbortError: 20,
      URLMismatchError: 21, QuotaExceededError: 22, TimeoutError: 23,
      InvalidNodeTypeError: 24, DataCloneError: 25,
    };

    class DOMException extends Error {
      #name;

      constructor(message = '', options = 'Error') {
        super(String(message));
        const named = typeof options === 'object' && options !== null;
        this.#name = String(named ? options.name ?? 'Error' : options);
        if (named && 'cause' in options) binding.put(this, 'cause', options.cause);
        // The stack was taken while the name was still unknown.
        const at = String(this.stack).indexOf('\n    at ');
        binding.put(this, 'stack', `${this.#name}: ${this.message}${at < 0 ? '' : this.stack.slice(at)}`);
      }

      get name() { return this.#name; }

      get code() { return CODES[this.#name] ?? 0; }

      get [Symbol.toStringTag]() { return 'DOMException'; }
    }
    return { DOMException };
  });
})
