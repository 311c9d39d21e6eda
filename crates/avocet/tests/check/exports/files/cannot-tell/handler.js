module.exports = require('./own');
