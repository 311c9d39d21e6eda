// The tracer is inside the invocation's trace.
module.exports = {
  main: async (event) => {
    const { path, headers } = event.extensions.request;
    if (path === "/headers") return [headers.traceparent, headers.b3];
    const span = event.tracer.startSpan("own");
    span.setAttribute("a", 1);
    const { traceId } = span.spanContext();
    span.end();
    const inner = await event.tracer.startActiveSpan("active", async (active) => {
      await null;
      const child = event.tracer.startSpan("child");
      child.end();
      active.end();
      return child.spanContext().traceId;
    });
    return { traceId, inner };
  },
};
