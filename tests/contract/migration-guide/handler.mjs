// A handler as the cluster's guide to the newest generation tells to write it: every function of
// `sdk`, an event by its properties, and what is emitted.
import {
  emitCloudEvent, getBodySizeLimit, getCloudEvent, getFunctionName, getNamespace, getRuntime, getTimeout, getTracer,
} from "sdk";

const facts = () => [getFunctionName(), getNamespace(), getRuntime(), getTimeout(), getBodySizeLimit()];

export async function main(req, res) {
  const event = getCloudEvent(req);
  if (!event) {
    res.status(400).send(`no event: ${facts().slice(0, 2)}`);
    return;
  }
  const shown = [event.type, event.source, event.specversion, event.id, event.time, event.datacontenttype];
  const kinds = facts().map((fact) => typeof fact);
  const span = getTracer().startSpan("guide");
  span.end();
  const emitted = await emitCloudEvent("order.created", "/orders", { orderId: "1" }).catch(() => "nobody takes it");
  res.json({ shown, data: event.data, kinds, emitted: emitted.status ?? emitted });
}
