const b = require('./gone');
exports.main = () => b;
