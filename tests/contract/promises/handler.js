// A call is what its handler makes of it: rejections that are handled later, or by nobody, change
// nothing where it answers.
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const fails = async (ms, text) => {
  await sleep(ms);
  throw new Error(text);
};

const cases = {
  "/later": async () => {
    const stock = fails(1, "no stock");
    const price = await sleep(30).then(() => 5);
    try {
      await stock;
    } catch (error) {
      return { price, note: error.message };
    }
  },
  "/settled": async () => {
    const all = [fails(1, "a"), sleep(20), fails(2, "b")];
    await sleep(10);
    return (await Promise.allSettled(all)).map((one) => one.status);
  },
  "/raced": async () => {
    const loser = fails(5, "too late");
    await sleep(20);
    return Promise.race([sleep(1).then(() => "won"), loser.catch(() => sleep(50))]);
  },
  "/unawaited": async () => {
    fails(1, "nobody waits for this");
    await sleep(20);
    return "answered";
  },
  "/afterwards": () => {
    fails(1, "after the answer");
    return "at once";
  },
  "/thrown": async () => {
    const first = fails(1, "first");
    await sleep(10);
    await first;
  },
};

module.exports = { main: (event) => cases[event.extensions.request.path]() };
