// Streams by their numbers in Rust: states of connections and servers, children and their pipes.
(function (binding) {
  'use strict';
  const { hooks, lib } = binding;
  const streams = lib.streams = [];
  hooks.data = (id, data) => streams[id].data(data);
  hooks.end = (id) => streams[id].end();
  hooks.drain = (id) => streams[id].drain();
  hooks.idle = (id) => streams[id].idle();
  hooks.closed = function (id, errno, text) {
    const stream = streams[id];
    streams[id] = undefined;
    stream.closed(errno, text);
  };
})
