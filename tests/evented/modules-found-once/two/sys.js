exports.from = "two";
