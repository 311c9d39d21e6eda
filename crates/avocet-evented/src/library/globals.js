// The global object.
(function (binding) {
  'use strict';
  const { lib } = binding;
  const { process } = lib;
  delete globalThis.console;
  const hidden = (name, value) => {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  };
  hidden('GLOBAL', globalThis);
  hidden('process', process);

  // Names of earlier versions say what took their place.
  const moved = (name, to) => function () {
    throw new Error(name + ' has moved: use ' + to);
  };
  hidden('include', moved('include()', 'process.mixin(require(…))'));
  for (const name of ['puts', 'print', 'p']) hidden(name, moved(name + '()', "require('sys')." + name));
  hidden('__module', undefined);
  Object.defineProperty(globalThis, '__module', {
    get: moved('__module', 'module'), set(value) { hidden('__module', value); }, configurable: true,
  });
  for (const name of ['debug', 'error']) {
    Object.defineProperty(process, name, {
      value: moved('process.' + name, "require('sys')." + name), writable: true, configurable: true,
    });
  }
  const node = {
    createProcess: moved('node.createProcess()', 'process.createChildProcess()'),
    exec: moved('node.exec()', "require('sys').exec()"),
    inherits: moved('node.inherits()', "require('sys').inherits()"),
    http: {}, tcp: {}, dns: {},
  };
  for (const [part, names] of [
    ['http', ['createServer', 'createClient', 'cat']],
    ['tcp', ['createServer', 'createConnection']],
    ['dns', ['createConnection', 'resolve4', 'resolve6', 'reverse']],
  ]) {
    for (const name of names) {
      node[part][name] = moved('node.' + part + '.' + name + '()', "require('" + part + "')." + name);
    }
  }
  hidden('node', node);
})
