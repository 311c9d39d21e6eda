exports.chain = require("./one").name + " " + require("./two").name + " " + require("./one").chain;
