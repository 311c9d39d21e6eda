exports.done = false;
var b = require("./b");
exports.seen = "a saw b " + b.done;
exports.done = true;
