exports.name = "two";
exports.chain = require("./three").chain;
