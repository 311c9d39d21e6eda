const missing = require('@scope/missing/deep/part');
module.exports = missing;
