exports.index = "index of lib";
require("./a");
