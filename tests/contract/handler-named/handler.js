exports.create = () => "created";
exports.main = () => "not this one";
