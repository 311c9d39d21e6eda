// exports.main is what it should have
exports.other = () => 'main';
exports.third = 1;
