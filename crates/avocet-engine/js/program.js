(function programPart(binding) {
  'use strict';

  const { ops } = binding;

  /** When the isolate started: monotonic and since the epoch, milliseconds. */
  binding.clock = { origin: 0, epoch: 0 };
  binding.onStart(() => {
    binding.clock.origin = ops.now();
    binding.clock.epoch = Date.now();
  });

  const env = {};

  /** What the host knows of the program: replaced by it before the program starts. */
  binding.program = { env, argv: ['/usr/bin/avocet', '/handler.js'], title: 'avocet' };

  /**
   * Sets `process.env`.
   * @param {Record<string, string>} values
   */
  binding.setEnv = function setEnv(values) {
    for (const name of Object.keys(env)) delete env[name];
    for (const name of Object.keys(values)) env[name] = String(values[name]);
  };

  /**
   * The bytes under any view or buffer; TypeError for anything else.
   * @param {ArrayBuffer | ArrayBufferView} source
   * @returns {Uint8Array}
   */
  binding.bytesOf = function bytesOf(source, name = 'input') {
    if (source instanceof Uint8Array) return source;
    if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    if (source instanceof ArrayBuffer || (typeof SharedArrayBuffer === 'function' && source instanceof SharedArrayBuffer)) {
      return new Uint8Array(source);
    }
    throw binding.wrongType(name, 'an instance of ArrayBuffer or ArrayBufferView', source);
  };
})
