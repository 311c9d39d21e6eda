// Adds up an order. The event's attributes are fields of `event`, its data is already parsed.
module.exports = {
  main: async function (event, context) {
    const order = event.data;
    if (!order?.items) {
      event.extensions.response.status(400);
      return "Send an order: call.txt has one.";
    }
    const total = order.items.reduce((sum, item) => sum + item.count * item.price, 0);
    console.log(`${event["ce-type"]} ${event["ce-id"]}: order ${order.id} is worth ${total}`);
    return {
      order: order.id,
      total,
      event: { id: event["ce-id"], type: event["ce-type"], source: event["ce-source"] },
    };
  },
};
