exports.main = (event, context) => "loaded";
