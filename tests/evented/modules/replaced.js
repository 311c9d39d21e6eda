module.exports = function () { return "replaced"; };
