// Signals: their names, and listening to them.
(function (binding) {
  'use strict';
  const { ops, hooks, lib } = binding;
  const { process } = lib;

  const signalNames = {};
  for (const name in lib.constants) {
    if (name.startsWith('SIG') && !(lib.constants[name] in signalNames)) {
      signalNames[lib.constants[name]] = name;
    }
  }
  lib.signalName = (number) => signalNames[number] || null;

  // A number of what may be a signal's name; undefined where there is none.
  lib.signalNumber = function (signal, which, call) {
    if (signal === undefined) return 15;
    if (typeof signal === 'number') return signal;
    const known = typeof signal === 'string' && signal.startsWith('SIG') && lib.constants[signal];
    if (!known) {
      throw lib.refusal(Error, 'Unknown signal', call,
        which + " argument (signal) must be a signal's number or name, such as \"SIGTERM\"");
    }
    return known;
  };

  const watched = new Set(), handlers = [];
  function watch(number) {
    if (!watched.has(number) && ops.signal_watch(number)) watched.add(number);
    return watched.has(number);
  }
  process.addListener('newListener', function (name) {
    const known = typeof name === 'string' && name.startsWith('SIG') &&
      Object.prototype.hasOwnProperty.call(process, name);
    // Nobody hears SIGKILL; programs that listen to all names need not know.
    if (known) watch(process[name]);
  });

  // A signal by its number, as an emitter of "signal".
  const SignalHandler = process.SignalHandler = function (signal) {
    this.number = lib.signalNumber(signal, 'SignalHandler: the first', SignalHandler);
    if (!watch(this.number)) {
      throw new Error((lib.signalName(this.number) || 'Signal ' + this.number) + ' cannot be listened to');
    }
    handlers.push(this);
  };
  lib.inherits(SignalHandler, lib.EventEmitter);
  SignalHandler.prototype.stop = function () {
    const at = handlers.indexOf(this);
    if (at >= 0) handlers.splice(at, 1);
  };

  hooks.signal = function (number) {
    for (const handler of handlers.slice()) if (handler.number === number) handler.emit('signal');
    for (const name in lib.constants) {
      if (name.startsWith('SIG') && lib.constants[name] === number) process.emit(name);
    }
  };
})
