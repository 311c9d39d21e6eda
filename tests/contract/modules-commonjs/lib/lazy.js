exports.text = "loaded when needed";
