const { add } = require("./lib/add");
const sub = require("./lib/sub.js");
const folder = require("./lib");
const numbers = require("./data.json");

module.exports = {
  main: async (event) => {
    if (event.extensions.request.path === "/lazy") return require("./lib/lazy").text;
    if (event.extensions.request.path === "/missing") return require("./nowhere");
    if (event.extensions.request.path === "/import") return (await import("./lib/late.mjs")).text;
    return { add: add(numbers.a, numbers.b), sub: sub(5, 3), folder: folder.name, file: __filename.split("/").pop() };
  },
};
