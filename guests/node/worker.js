'use strict';
// Avocet's worker for one function on Node.js. The supervisor starts it with a socket as file
// descriptor 0 and speaks frames over it.
const { Socket } = require('node:net');
const { Guest } = require('./lib/guest.js');

const guest = new Guest(new Socket({ fd: 0, readable: true, writable: true }));

process.on('uncaughtException', (error) => guest.uncaught(error));
process.on('unhandledRejection', (error, promise) => guest.rejections.rejected(error, promise));
process.on('rejectionHandled', (promise) => guest.rejections.handled(promise));
// The supervisor decides when a worker ends; a terminal's Ctrl-C reaches the whole group.
process.on('SIGINT', () => {});
process.on('SIGTERM', guest.onTerm);
process.on('exit', () => guest.out.flush());
