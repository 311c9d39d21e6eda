// Watching files by looking at them.
(function (binding) {
  'use strict';
  const { lib } = binding;
  const { process } = lib;

  const SHORTEST = 110;
  const watchers = new Map();

  function Stat() {}
  lib.inherits(Stat, lib.EventEmitter);
  process.Stat = Stat;

  process.watchFile = function (filename, options, listener) {
    if (typeof options === 'function') [options, listener] = [{}, options];
    if (typeof filename !== 'string') {
      throw new TypeError('process.watchFile: the first argument (filename) must be a string');
    }
    let stat = watchers.get(filename);
    if (stat === undefined) {
      const { persistent = true, interval = 0 } = options || {};
      stat = new Stat();
      let previous = lib.lookAt(filename);
      const look = function () {
        const current = lib.lookAt(filename);
        if (current.state === previous.state) return;
        const old = previous;
        previous = current;
        stat.emit('change', current.stats, old.stats);
      };
      const every = Math.max(Number(interval) || 0, SHORTEST);
      stat._timer = persistent ? lib.setInterval(look, every) : lib.weakTimer(look, every);
      watchers.set(filename, stat);
    }
    stat.addListener('change', listener);
    return stat;
  };
  process.unwatchFile = function (filename) {
    const stat = watchers.get(filename);
    if (stat === undefined) return;
    watchers.delete(filename);
    stat._timer.stop();
    stat.emit('stop');
  };
})
