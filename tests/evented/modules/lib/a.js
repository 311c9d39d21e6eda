exports.name = "a";
exports.b = require("./b");
exports.done = true;
