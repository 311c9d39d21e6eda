const index = require('../more');
module.exports = (...all) => index(all);
