// Nobody is answered before three calls have arrived.
let waiting = [];

export async function main(event) {
  if (event.extensions.request.path === "/alone") {
    await null;
    return { alone: true };
  }
  const mine = new Promise((resolve) => waiting.push(resolve));
  if (waiting.length === 3) {
    for (const resolve of waiting) resolve("met");
    waiting = [];
  }
  return await mine;
}
