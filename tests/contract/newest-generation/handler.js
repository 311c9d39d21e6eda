// Called with request and response; what it returns is ignored.
const sdk = require("sdk");

const cases = {
  "/send": (req, res) => {
    res.status(201).send("sent");
    return "ignored";
  },
  "/json": (req, res) => res.json({ query: req.query.a, body: req.body ?? null }),
  "/later": async (req, res) => {
    await null;
    res.end("later");
  },
  "/status": (req, res) => res.sendStatus(404),
  "/empty": (req, res) => res.end(),
  "/throw": () => {
    throw new Error("the reason");
  },
  "/facts": (req, res) => res.json({
    name: sdk.getFunctionName(),
    namespace: sdk.getNamespace(),
    runtime: sdk.getRuntime(),
    timeout: sdk.getTimeout(),
    limit: sdk.getBodySizeLimit(),
  }),
  "/event": (req, res) => {
    const event = sdk.getCloudEvent(req);
    if (event === null) return res.json({ event: null });
    return res.json({ id: event.id, type: event.type, source: event.source, version: event.specversion, kind: event.datacontenttype ?? null, data: event.data, extension: event.trip ?? null });
  },
  "/own-class": (req, res) => {
    const event = sdk.getCloudEvent(req);
    return res.json({ own: typeof event.cloneWith({ id: "13" }).validate === "function", time: event.time });
  },
  "/tracer": (req, res) => {
    sdk.getTracer().startActiveSpan("own", (span) => {
      res.end(span.spanContext().traceId);
      span.end();
    });
  },
};

module.exports = { main: (req, res) => cases[req.path](req, res) };
