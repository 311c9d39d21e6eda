# Called without arguments, with Flask's request; it returns what a Flask view may return.
import sdk
from flask import abort, jsonify, make_response, request


def as_json():
    return {"query": request.args.get("a"), "body": request.get_json(silent=True)}


async def later():
    return "later"


def event():
    found = sdk.get_cloud_event()
    if found is None:
        return {"event": None}
    return {
        "id": found.get_id(), "type": found.get_type(), "source": found.get_source(),
        "version": found.get_specversion(), "kind": found.get_datacontenttype(), "data": found.get_data(),
        "extension": found.get_extension("trip"),
    }


def own_class():
    from cloudevents.core.v1.event import CloudEvent
    found = sdk.get_cloud_event()
    return {"own": isinstance(found, CloudEvent), "time": found.get_time().isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def fail():
    raise Exception("the reason")


def traced():
    with sdk.get_tracer().start_as_current_span("own") as span:
        return f"{span.get_span_context().trace_id:032x}"


CASES = {
    "/send": lambda: ("sent", 201),
    "/json": as_json,
    "/later": later,
    "/status": lambda: abort(404),
    "/empty": lambda: None,
    "/throw": fail,
    "/facts": lambda: jsonify(
        name=sdk.get_function_name(), namespace=sdk.get_namespace(), runtime=sdk.get_runtime(),
        timeout=sdk.get_timeout(), limit=sdk.get_body_size_limit()),
    "/event": event,
    "/own-class": own_class,
    "/tracer": traced,
    "/response": lambda: make_response("made", 202, {"X-Own": "1"}),
}


def main():
    return CASES[request.path]()
