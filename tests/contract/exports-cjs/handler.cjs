exports.main = () => "loaded";
