exports.same = require("./self") === exports;
