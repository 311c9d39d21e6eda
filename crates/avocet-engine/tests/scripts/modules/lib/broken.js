exports.a = 1;
function {
