(function warm(registers) {
  'use strict';

  // Runs a few calls on a binding of its own, in which no operation is native, and forgets it. The
  // functions that they went through are compiled then, and a snapshot keeps that. `registers` are
  // the functions of all files; afterwards they are called again with the real binding, which
  // replaces every global that this one set.
  const names = [
    'print', 'timer_start', 'timer_stop', 'random_fill', 'digest', 'exit', 'respond_none', 'respond_text',
    'respond_json', 'respond_bytes', 'respond', 'respond_failed', 'respond_chunk', 'respond_end', 'log',
    'host_call', 'host_wait', 'script_run', 'fresh_globals', 'span',
  ];
  const ops = {};
  for (const name of names) ops[name] = () => {};
  const handlers = {
    'text.js': () => 'text',
    'event.js': (event, context) => ({ id: event['ce-id'], data: event.data, name: context['function-name'] }),
    'log.js': () => console.log('text'),
    'async.js': () => ({ then(done) { done({}); } }),
  };
  Object.assign(ops, {
    now: () => 0,
    body_text: () => '{"n":1}',
    current_call: () => 0,
    module_kind: () => 'commonjs',
    module_read: () => '',
    module_compile: (path) => (exports) => { exports.main = handlers[path]; },
  });

  const binding = { ops, hooks: {} };
  for (const register of registers) register(binding);
  const { hooks } = binding;
  hooks.start();
  const head = '{"m":"POST","u":"/","h":["host","a","ce-id","1","ce-type","t"],"k":"json"}';
  for (const entry of Object.keys(handlers)) {
    hooks.load(`{"name":"warm","entry":"${entry}","export":"main","env":{"A":"b"},"context":{"function-name":"warm"}}`);
    hooks.invoke(1, head, 7);
    hooks.invoke(2, head.replace('json', 'none'), 0);
  }
})
