'use strict';
// Avocet's worker for one function on Node.js. The supervisor starts it with a socket as file
// descriptor 0 and speaks frames over it.
const { Socket } = require('node:net');
const { Guest } = require('./lib/guest.js');
const { describe } = require('./lib/log.js');

const guest = new Guest(new Socket({ fd: 0, readable: true, writable: true }));

// What goes wrong outside of a handler's own promise fails the call that it belongs to.
function uncaught(error) {
  const call = guest.current.getStore();
  if (call !== undefined && !call.answered) guest.threw(call, error);
  else guest.log(call?.number ?? 0, 'error', describe(error));
}
process.on('uncaughtException', uncaught);
process.on('unhandledRejection', uncaught);
// The supervisor decides when a worker ends; a terminal's Ctrl-C reaches the whole group.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => guest.shutdown());
