exports.where = "node path";
