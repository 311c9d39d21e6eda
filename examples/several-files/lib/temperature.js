exports.convert = (celsius) => (celsius * 9) / 5 + 32;
