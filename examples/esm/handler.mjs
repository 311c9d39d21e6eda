import { initials } from "./initials.mjs";

export async function main(event, context) {
  const name = event.data;
  return { name, initials: initials(name) };
}
