// process.stdio
(function (binding) {
  'use strict';
  const { ops, lib } = binding;
  const { process } = lib;

  const stdio = process.stdio = new lib.EventEmitter();
  let input = -1;
  stdio.open = function (encoding) {
    if (input >= 0) throw new Error('stdin already open');
    const id = ops.stdin_open(encoding === undefined ? 1 : lib.incoming(encoding));
    if (id < 0) throw lib.systemError(-id);
    input = id;
    lib.streams[id] = {
      data: (data) => stdio.emit('data', data),
      end() {},
      closed() {
        input = -1;
        stdio.emit('close');
      },
    };
  };
  stdio.close = function () {
    if (input < 0) throw new Error('stdin not open');
    ops.stream_destroy(input);
  };
  stdio.write = function (data, encoding) {
    if (arguments.length === 0) {
      throw lib.refusal(Error, 'Bad argument', stdio.write, 'stdio.write: the first argument (data) is missing');
    }
    ops.stdout_write(lib.data(data, 'stdio.write', stdio.write), lib.outgoing(encoding, 1));
  };
  stdio.writeError = function (data) {
    if (arguments.length === 0) return;
    const text = String(data);
    const end = text.indexOf('\0');
    ops.stderr_write(end < 0 ? text : text.slice(0, end));
  };
})
