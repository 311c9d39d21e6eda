import { readFile } from "node:fs/promises";
import { ordinal } from "./ordinal.js";

// Read once, when the function is loaded; calls wait for it.
const planets = JSON.parse(await readFile(new URL("planets.json", import.meta.url), "utf8"));

export function main(event, context) {
  const name = event.extensions.request.query.name ?? "Earth";
  const at = planets.indexOf(name);
  if (at === -1) {
    event.setResponseStatus(404);
    return `${name} is no planet`;
  }
  return `${name} is the ${ordinal(at + 1)} planet`;
}
