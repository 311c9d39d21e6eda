// Child processes.
(function (binding) {
  'use strict';
  const { ops, hooks, lib } = binding;
  const { process, streams } = lib;

  function ChildProcess() {
    this.pid = 0;
    this._stdin = -1;
    this._open = 3;
    this._status = null;
  }
  lib.inherits(ChildProcess, lib.EventEmitter);
  process.ChildProcess = ChildProcess;

  const reader = (child, event) => ({
    data: (data) => child.emit(event, data),
    end() {},
    closed() {
      child.emit(event, null);
      child._part();
    },
  });

  // After both pipes have ended and the process too, it has exited.
  ChildProcess.prototype._part = function () {
    this._open -= 1;
    if (this._open > 0) return;
    if (this._stdin >= 0) ops.stream_destroy(this._stdin);
    this._stdin = -1;
    this.emit('exit', this._status[0], this._status[1]);
  };
  ChildProcess.prototype._exited = function (code, signal) {
    this._gone = true;
    // Ended by a signal there is no exit code; programs of the time look for one that is above 0.
    this._status = signal ? [signal, lib.signalName(signal)] : [code, null];
    this._part();
  };

  hooks.exited = function (id, code, signal) {
    const child = streams[id];
    streams[id] = undefined;
    child._exited(code, signal);
  };

  ChildProcess.prototype.write = function (data, encoding) {
    if (this._stdin < 0) return false;
    const text = lib.data(data, 'child.write', ChildProcess.prototype.write);
    return ops.stream_write(this._stdin, text, lib.outgoing(encoding)) >= 0;
  };
  ChildProcess.prototype.close = function () {
    if (this._stdin < 0) return false;
    ops.stream_end(this._stdin);
    return true;
  };
  ChildProcess.prototype.kill = function (signal) {
    const number = lib.signalNumber(signal, 'child.kill: the first', ChildProcess.prototype.kill);
    const failure = this._gone ? ops.error_text(3) : ops.kill(this.pid, number);
    if (failure !== undefined) throw new Error(failure);
  };

  function pairs(env) {
    const names = [], values = [];
    for (const name in env) {
      names.push(String(name));
      values.push(String(env[name]));
    }
    return [names, values];
  }

  process.createChildProcess = function (file, args, env) {
    if (typeof file !== 'string' || !(args === undefined || args === null || Array.isArray(args))) {
      throw lib.refusal(Error, 'Bad argument.', process.createChildProcess, 'process.createChildProcess: the ' +
        (typeof file !== 'string' ? 'first argument (command) must be a string'
          : 'second argument (args) must be an array'));
    }
    const child = new ChildProcess();
    const [names, values] = pairs(env === undefined || env === null ? process.ENV : env);
    const started = ops.spawn(file, (args || []).map(String), names, values);
    if (Array.isArray(started)) follow(child, started);
    else fail(child, -started);
    return child;
  };

  function follow(child, [pid, id, stdin, stdout, stderr]) {
    child.pid = pid;
    child._stdin = stdin;
    streams[id] = child;
    streams[stdout] = reader(child, 'output');
    streams[stderr] = reader(child, 'error');
    streams[stdin] = {
      drain() { child.emit('drain'); },
      closed() { child._stdin = -1; },
    };
  }

  // A program that does not exist: as if a child had said so.
  function fail(child, errno) {
    const missing = [2, 13, 20, 8, 40, 36, 7];
    if (!missing.includes(errno)) throw new Error('Error spawning');
    child._gone = true;
    lib.setTimeout(() => {
      child.emit('error', 'execvp(): ' + ops.error_text(errno) + '\n');
      child.emit('output', null);
      child.emit('error', null);
      child.emit('exit', 127, null);
    }, 0);
  }
})
