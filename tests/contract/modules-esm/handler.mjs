import { add } from "./lib/add.mjs";
import * as all from "./lib/all.mjs";
import common from "./lib/common.cjs";

export async function main(event) {
  if (event.extensions.request.path === "/dynamic") {
    const { text } = await import("./lib/late.mjs");
    return text;
  }
  if (event.extensions.request.path === "/built-in") {
    const names = ["node:path", "path", "node:util", "./lib/common.cjs"];
    const found = [];
    // The first import of each, and one after it.
    for (const name of [...names, ...names]) found.push(typeof (await import(name)).default);
    return found;
  }
  return { add: add(2, 3), all: Object.keys(all).sort(), common: common.name };
}
