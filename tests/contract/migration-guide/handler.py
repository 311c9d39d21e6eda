# A handler as the cluster's guide to the newest generation tells to write it: every function of
# `sdk`, an event by its methods, and what is emitted.
import sdk


def facts():
    return [sdk.get_function_name(), sdk.get_namespace(), sdk.get_runtime(), sdk.get_timeout(),
            sdk.get_body_size_limit()]


def kind(value):
    return "string" if isinstance(value, str) else "number"


def main():
    ce = sdk.get_cloud_event()
    if not ce:
        return f"no event: {','.join(facts()[:2])}", 400
    shown = [ce.get_type(), ce.get_source(), ce.get_specversion(), ce.get_id(),
             ce.get_time().strftime("%Y-%m-%dT%H:%M:%S.000Z"), ce.get_datacontenttype()]
    with sdk.get_tracer().start_as_current_span("guide"):
        try:
            emitted = sdk.emit_cloud_event("order.created", "/orders", {"orderId": "1"}).status_code
        except Exception:
            emitted = "nobody takes it"
    return {"shown": shown, "data": ce.get_data(), "kinds": [kind(fact) for fact in facts()], "emitted": emitted}
