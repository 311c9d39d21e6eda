import { initials } from "./initials.mjs";

export async function main(event, context) {
  const name = event.data || "ada lovelace";
  return { name, initials: initials(name) };
}
