const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function step(name, ms) {
  await pause(ms);
  return name;
}

// The three steps run side by side: the answer takes as long as the longest.
module.exports = {
  main: async function (event, context) {
    const order = [];
    const note = (name) => order.push(name);
    await Promise.all([
      step("slow", 30).then(note),
      step("quick", 5).then(note),
      step("middle", 15).then(note),
    ]);
    return { order };
  },
};
