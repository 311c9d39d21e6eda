exports.main = () => {};
