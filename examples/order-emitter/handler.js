// Resolves once the event is published, with what the publisher answered.
module.exports = {
  main: async function (event, context) {
    const order = event.data;
    if (order?.id === undefined) {
      event.setResponseStatus(400);
      return "Send an order: call.txt has one.";
    }
    const { status } = await event.emitCloudEvent("shop.order.received.v1", context["function-name"], order);
    return { order: order.id, published: status };
  },
};
