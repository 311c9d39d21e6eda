const fs = require('node:fs'), path = require('path'), { EventEmitter } = require('node:events');
const other = require('./other');
exports.main = () => [fs, path, EventEmitter, other];
