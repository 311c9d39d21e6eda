exports.tag = /\{\{\s*(\w+)\s*\}\}/;
exports.all = [/\{\{/, /\}\}/];
exports.match = function (pattern, text) { return pattern(text); };
exports.Template = function () { this.token = /\{\{(.*?)\}\}/; };
exports.Template.prototype.parse = function (text) { return this.token(text); };
