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

  const text = (value) => {
    if (typeof value !== 'string') throw new TypeError('Bad argument');
    return value;
  };
  const whole = (value) => {
    if (typeof value !== 'number' || Math.trunc(value) !== value) throw new TypeError('Bad argument');
    return value;
  };
  const place = (value) => (typeof value === 'number' ? value : undefined);

  // name: [number of the call, what its arguments must be, what it gives]
  const calls = {
    rename: [0, (a, b) => [text(a), text(b)], none],
    unlink: [1, (a) => [text(a)], none],
    rmdir: [2, (a) => [text(a)], none],
    mkdir: [3, (a, mode) => [text(a), whole(mode)], none],
    open: [4, (a, flags, mode) => [text(a), whole(flags), whole(mode)], one],
    close: [5, (fd) => [whole(fd)], none],
    read: [6, (fd, length, at, encoding) => {
      if (whole(length) < 0) throw new TypeError('Bad argument');
      return [whole(fd), length, place(at), lib.incoming(encoding)];
    }, (data, count) => [data, count]],
    write: [7, (fd, data, at, encoding) => {
      return [whole(fd), lib.data(data), place(at), lib.outgoing(encoding)];
    }, one],
    sendfile: [8, (to, from, at, length) => [whole(to), whole(from), place(at), whole(length)], one],
    readdir: [9, (a) => [text(a)], one],
    stat: [10, (a) => [text(a)], stats],
    lstat: [11, (a) => [text(a)], stats],
    cat: [12, (a, encoding) => {
      return [text(a), encoding === undefined ? 1 : lib.incoming(encoding)];
    }, one],
  };

  const named = (name, check, args) => {
    try {
      return check(...args);
    } catch (error) {
      Error.captureStackTrace(error, posix[name]);
      throw error;
    }
  };

  for (const name in calls) {
    const [call, check, give] = calls[name];
    posix[name] = function () {
      const args = named(name, check, arguments);
      const promise = new lib.Promise();
      const request = lib.request((errno, a, b) => {
        if (errno !== 0) promise.emitError(lib.systemError(errno, a));
        else promise.emitSuccess.apply(promise, give(a, b));
      });
      ops.fs(request, call, ...args);
      return promise;
    };
    posix[name + 'Sync'] = function () {
      const args = named(name, check, arguments);
      const [errno, a, b] = ops.fs(-1, call, ...args);
      if (errno !== 0) throw lib.systemError(errno, a);
      const values = give(a, b);
      return values.length <= 1 ? values[0] : values;
    };
  }
  delete posix.catSync;
  delete posix.lstatSync;
  posix.readSync = function () {
    const [errno, a, b] = ops.fs(-1, 6, ...named('read', calls.read[1], arguments));
    if (errno !== 0) throw lib.systemError(errno, a);
    return [a, b];
  };

  lib.readFile = (path) => ops.fs(-1, 12, path, 1);
  lib.exists = (path) => ops.fs(-1, 10, path)[0] === 0;
  lib.lookAt = (path) => {
    const [errno, fields] = ops.fs(-1, 11, path);
    return new Stats(errno === 0 ? fields : [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  };
  process.fs = posix;
})
