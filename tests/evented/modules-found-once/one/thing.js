exports.from = "one";
