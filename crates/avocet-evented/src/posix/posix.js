// posix: wrappers around system calls, as promises and as functions that block.
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { process } = lib;
  const posix = lib.posix = {};

  function Stats(fields) {
    [this.dev, this.ino, this.mode, this.nlink, this.uid, this.gid, this.rdev, this.size,
      this.blksize, this.blocks] = fields;
    this.atime = new Date(fields[10] * 1000);
    this.mtime = new Date(fields[11] * 1000);
    this.ctime = new Date(fields[12] * 1000);
  }
  posix.Stats = process.Stats = Stats;
  const kinds = {
    isFile: 32768, isDirectory: 16384, isBlockDevice: 24576, isCharacterDevice: 8192,
    isSymbolicLink: 40960, isFIFO: 4096, isSocket: 49152,
  };
  for (const name in kinds) {
    Object.defineProperty(Stats.prototype, name, {
      value() { return (this.mode & 61440) === kinds[name]; },
      writable: true, configurable: true,
    });
  }

  const stats = (fields) => [new Stats(fields)];
  const none = () => [];
  const one = (value) => [value];

  // Kinds of arguments; `must` is called with what a wrong one should have been.
  const text = (value, must) => (typeof value === 'string' ? value : must('a string'));
  const whole = (value, must) => (Number.isInteger(value) ? value : must('an integer'));
  const size = (value, must) => (value >= 0 ? whole(value, must) : must('an integer of 0 or more'));
  const data = (value, must) => (Array.isArray(value) ? must('a string') : String(value));
  const place = (value) => (typeof value === 'number' ? value : undefined);
  const incoming = (value) => lib.incoming(value);
  const outgoing = (value) => lib.outgoing(value);
  const ofText = (value) => (value === undefined ? 1 : lib.incoming(value));

  // name: [its arguments, what it gives]
  const calls = {
    rename: [{ path1: text, path2: text }, none],
    unlink: [{ path: text }, none],
    rmdir: [{ path: text }, none],
    mkdir: [{ path: text, mode: whole }, none],
    open: [{ path: text, flags: whole, mode: whole }, one],
    close: [{ fd: whole }, none],
    read: [{ fd: whole, length: size, position: place, encoding: incoming }, (chunk, count) => [chunk, count]],
    write: [{ fd: whole, data, position: place, encoding: outgoing }, one],
    sendfile: [{ out: whole, in: whole, offset: place, length: whole }, one],
    readdir: [{ path: text }, one],
    stat: [{ path: text }, stats],
    lstat: [{ path: text }, stats],
    cat: [{ filename: text, encoding: ofText }, one],
  };
  const ORDINALS = ['first', 'second', 'third', 'fourth'];

  // A function that makes, of the arguments that `name` was given, those of the system's call.
  // Programs bring methods of arrays of their own: it uses none.
  const taker = (name, kinds) => {
    const names = Object.keys(kinds), { length } = names;
    return (values) => {
      const args = [];
      for (let at = 0; at < length; at++) {
        args[at] = kinds[names[at]](values[at], (what) => {
          throw lib.refusal(TypeError, 'Bad argument', posix[name],
            `posix.${name}: the ${ORDINALS[at]} argument (${names[at]}) must be ${what}`);
        });
      }
      return args;
    };
  };

  for (const name in calls) {
    const [kinds, give] = calls[name], call = ops['posix_' + name];
    const [take, takeSync] = [taker(name, kinds), taker(name + 'Sync', kinds)];
    posix[name] = function () {
      const args = take(arguments);
      const promise = new lib.Promise();
      const request = lib.request((errno, a, b) => {
        if (errno !== 0) promise.emitError(lib.systemError(errno, a));
        else promise.emitSuccess.apply(promise, give(a, b));
      });
      call(request, ...args);
      return promise;
    };
    posix[name + 'Sync'] = function () {
      const [errno, a, b] = call(null, ...takeSync(arguments));
      if (errno !== 0) throw lib.systemError(errno, a);
      const values = give(a, b);
      return values.length <= 1 ? values[0] : values;
    };
  }
  delete posix.catSync;
  delete posix.lstatSync;
  lib.readFile = (path) => ops.posix_cat(null, path, 1);
  lib.exists = (path) => ops.posix_stat(null, path)[0] === 0;
  // State of a file, and a text that differs where the file does: blocks say nothing of their own.
  const nothing = new Array(15).fill(0);
  lib.lookAt = (path) => {
    const [errno, fields] = ops.posix_lstat(null, path);
    const seen = errno === 0 ? fields : nothing;
    let state = '';
    for (let at = 0; at < seen.length; at++) if (at < 8 || at > 9) state += seen[at] + ' ';
    return { stats: new Stats(seen), state };
  };
  process.fs = posix;
})
