process.addListener("exit", function (code) { require("sys").puts("exit " + code + " " + done); });
var done = false;
setTimeout(function () { done = true; }, 1);
