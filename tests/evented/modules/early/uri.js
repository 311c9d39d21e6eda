exports.mine = true;
