exports.done = false;
var a = require("./a");
exports.seen = "b saw a " + a.done;
exports.done = true;
