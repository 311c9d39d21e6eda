// sys: output, inspection, running commands.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { process } = lib;

  const pad = (depth) => ' '.repeat(depth);

  function inspect(value, depth, above) {
    switch (typeof value) {
      case 'string': return JSON.stringify(value);
      case 'number': case 'boolean': case 'undefined': return String(value);
      case 'function': return '[Function]';
      case 'object': break;
      default: return String(value);
    }
    if (value === null) return 'null';
    if (above.includes(value)) return '[Circular]';
    const list = Array.isArray(value);
    const inside = above.concat([value]);
    const entries = [];
    for (const key in value) {
      let text;
      try {
        text = inspect(value[key], depth + 1, inside);
      } catch (error) {
        text = '[' + error + ']';
      }
      entries.push(pad(depth + 1) + (list ? '' : JSON.stringify(key) + ': ') + text);
    }
    const [open, close] = list ? '[]' : '{}';
    if (entries.length === 0) return open + close;
    return open + '\n' + entries.join(',\n') + '\n' + pad(depth) + close;
  }

  const sys = lib.sys = {
    puts(text) { process.stdio.write(text + '\n'); },
    print(text) { process.stdio.write(String(text)); },
    debug(text) { process.stdio.write('DEBUG: ' + text + '\n'); },
    error(text) { process.stdio.writeError(text + '\n'); },
    inspect: (value) => inspect(value, 0, []),
    p(value) { sys.error(sys.inspect(value)); },
    inherits: lib.inherits,
    exec(command) {
      if (typeof command !== 'string') {
        throw new TypeError('sys.exec: the command must be a string');
      }
      const child = process.createChildProcess('/bin/sh', ['-c', command]);
      const promise = new lib.Promise();
      let stdout = '', stderr = '';
      child.addListener('output', (chunk) => { if (chunk !== null) stdout += chunk; });
      child.addListener('error', (chunk) => { if (chunk !== null) stderr += chunk; });
      child.addListener('exit', (code) => {
        if (code === 0) promise.emitSuccess(stdout, stderr);
        else promise.emitError(code, stdout, stderr);
      });
      return promise;
    },
  };
  lib.define('sys', () => sys);
  lib.define('utils', () => sys);
})
