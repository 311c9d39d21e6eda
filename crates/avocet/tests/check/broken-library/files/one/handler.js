const a = require('./lib/a');
exports.main = () => a;
