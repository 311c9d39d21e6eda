exports.name = require("./add").add("in", "dex");
