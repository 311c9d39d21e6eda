process.addListener("uncaughtException", function (error) { throw new Error("again"); });
setTimeout(function () { throw new Error("first"); }, 0);
