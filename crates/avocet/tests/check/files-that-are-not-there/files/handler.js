require("./nope");
exports.main = () => 1;
