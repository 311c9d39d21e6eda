import { add } from "./lib/add.mjs";
import * as all from "./lib/all.mjs";
import common from "./lib/common.cjs";

export async function main(event) {
  if (event.extensions.request.path === "/dynamic") {
    const { text } = await import("./lib/late.mjs");
    return text;
  }
  return { add: add(2, 3), all: Object.keys(all).sort(), common: common.name };
}
