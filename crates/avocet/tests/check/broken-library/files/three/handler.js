exports.main = () => require('./data').x;
