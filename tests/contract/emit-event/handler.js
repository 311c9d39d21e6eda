// Publishes to itself: what `/receive` got is told by `/received`.
let received = null;

const emitted = {
  object: (event) => event.emitCloudEvent("order.created", "shop", { total: 70 }),
  text: (event) => event.emitCloudEvent("note", "desk", "read me"),
  attributes: (event) => event.emitCloudEvent("t", "s", { a: 1 }, { id: "7", subject: "order/17", traceid: "x9" }),
  data: (event) => event.emitCloudEvent("t", "s"),
  "old-publish": (event) => event.publishCloudEvent(event.buildResponseCloudEvent("41", "answer", { ok: true })),
};

module.exports = {
  main: async (event) => {
    const { path, query, headers } = event.extensions.request;
    if (path === "/receive") {
      const attributes = {};
      for (const name of Object.keys(event)) if (name.startsWith("ce-")) attributes[name.slice(3)] = event[name];
      received = { attributes, data: event.data, type: headers["content-type"].split(";")[0], traceparent: headers.traceparent };
      event.setResponseStatus(204);
      return;
    }
    if (path === "/refuse") {
      event.setResponseStatus(503);
      return "later";
    }
    const answer = await emitted[query.case](event);
    const { attributes, data, type, traceparent } = received;
    return {
      status: answer.status,
      type,
      data,
      attributes: { ...attributes, id: attributes.id.length < 36 ? attributes.id : "fresh", time: Date.parse(attributes.time) > 0 },
      trace: traceparent === undefined ? null : traceparent.split("-")[1],
    };
  },
};
