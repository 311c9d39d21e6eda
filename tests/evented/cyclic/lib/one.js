exports.name = "one";
exports.chain = require("./two").chain;
