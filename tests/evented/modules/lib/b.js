exports.name = "b";
exports.sawDone = !!require("./a").done;
if (require("./a").name !== "a") throw new Error("cycle");
