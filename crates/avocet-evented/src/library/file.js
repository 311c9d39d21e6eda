// file: whole files, and files as objects whose calls keep their order.
(function (binding) {
  'use strict';
  const { lib } = binding;
  const { process, posix } = lib;
  const MODES = {
    r: 0, 'r+': 2, w: 577, 'w+': 578, a: 1089, 'a+': 1090,
  };

  function writeAll(fd, data, encoding) {
    const promise = new lib.Promise();
    const bytes = lib.outgoing(encoding, 1) === 1 ? unescape(encodeURIComponent(wellFormed(data))) : data;
    const step = (rest) => {
      if (rest === '') return promise.emitSuccess();
      posix.write(fd, rest, null, 'binary')
        .addCallback((written) => step(rest.slice(written)))
        .addErrback((error) => promise.emitError(error));
    };
    if (bytes === '') lib.setTimeout(() => step(''), 0);
    else step(bytes);
    return promise;
  }
  const wellFormed = (text) => text.replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');

  const unknownMode = (which, call) => lib.refusal(Error, 'Unknown mode', call,
    which + ' argument (mode) must be one of ' + Object.keys(MODES).join(', '));

  function File(name, mode, options) {
    if (!(mode in MODES)) throw unknownMode('File: the second', File);
    this.encoding = (options && options.encoding) || 'utf8';
    this._queue = [];
    this._busy = false;
    this.fd = this._failure = null;
    this._name = name;
    this._flags = MODES[mode];
    this._opened = this._add(() => this._open());
  }
  lib.inherits(File, lib.EventEmitter);

  File.prototype._open = function () {
    const opened = (fd, failure) => {
      this.fd = fd;
      // Requests to a file that is not open fail for the same reason.
      this._failure = failure;
    };
    return posix.open(this._name, this._flags, 438).addCallback((fd) => opened(fd, null))
      .addErrback((error) => {
        opened(null, error);
        this.emit('error', error);
      });
  };

  // Each call begins when the one before is done.
  File.prototype._add = function (call) {
    const promise = new lib.Promise();
    this._queue.push([call, promise]);
    if (!this._busy) this._next();
    return promise;
  };
  File.prototype._next = function () {
    const entry = this._queue.shift();
    this._busy = entry !== undefined;
    if (!entry) return;
    const [call, promise] = entry;
    const failed = (error) => {
      promise.emitError(error);
      this._next();
    };
    let running;
    try {
      running = call();
    } catch (error) {
      return lib.setTimeout(() => failed(error), 0);
    }
    running.addErrback(failed).addCallback(function () {
      promise.emitSuccess.apply(promise, arguments);
    }).addCallback(() => this._next());
  };
  const opened = (file) => {
    if (file.fd === null) throw file._failure || lib.systemError(9);
    return file.fd;
  };
  File.prototype.open = function (name, mode) {
    return this._add(() => {
      if (name !== undefined) this._name = name;
      if (mode !== undefined) {
        if (!(mode in MODES)) throw unknownMode('file.open: the second');
        this._flags = MODES[mode];
      }
      return this._open();
    });
  };
  File.prototype.write = function (data, position, encoding) {
    return this._add(() => posix.write(opened(this), data, position, encoding || this.encoding));
  };
  File.prototype.read = function (length, position, encoding) {
    return this._add(() => posix.read(opened(this), length, position, encoding || this.encoding));
  };
  File.prototype.close = function () {
    return this._add(() => posix.close(opened(this)).addCallback(() => { this.fd = null; }));
  };

  const file = {
    debugLevel: 0,
    File,
    read: posix.cat,
    write(name, data, encoding) {
      const promise = new lib.Promise();
      const fail = (error) => promise.emitError(error);
      const text = lib.data(data, 'file.write', file.write);
      posix.open(name, MODES.w, 438).addErrback(fail).addCallback((fd) => {
        const end = (then) => posix.close(fd).addCallback(then).addErrback(then);
        writeAll(fd, text, encoding)
          .addCallback(() => end(() => promise.emitSuccess()))
          .addErrback((error) => end(() => fail(error)));
      });
      return promise;
    },
  };
  lib.define('file', () => file);
})
