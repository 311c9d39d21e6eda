# The tracer is inside the invocation's trace.
def main(event, context):
    request = event["extensions"]["request"]
    if request.path == "/headers":
        return [request.get_header("traceparent"), request.get_header("b3")]
    span = event.tracer.start_span("own")
    span.set_attribute("a", 1)
    span.end()
    with event["tracer"].start_as_current_span("active"):
        child = event.tracer.start_span("child")
        child.end()
    return {
        "traceId": f"{span.get_span_context().trace_id:032x}",
        "inner": f"{child.get_span_context().trace_id:032x}",
    }
