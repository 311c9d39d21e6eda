exports.where = "early";
