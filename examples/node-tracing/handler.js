const { setTimeout: sleep } = require("node:timers/promises");

module.exports = {
  main: async function (event, context) {
    // Spans that begin inside of an active one become its children, also across `await`.
    const total = await event.tracer.startActiveSpan("price the order", async (span) => {
      span.setAttribute("order.items", 3);
      const prices = await Promise.all(["lamp", "bulb"].map((sku) => priceOf(event.tracer, sku)));
      span.end();
      return prices.reduce((sum, price) => sum + price, 0);
    });
    return { total };
  },
};

async function priceOf(tracer, sku) {
  const span = tracer.startSpan(`look up ${sku}`);
  await sleep(5);
  span.end();
  return sku.length * 10;
}
