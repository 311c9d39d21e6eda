"""The module `sdk` of functions that are called as main()."""

import sys
import types

import flask

from . import cloudevents


def _cloud_event(request=None):
    """The CloudEvent in Flask's request as the CloudEvents SDK's own object (`get_type()`,
    `get_data()`, …); None where it is none."""
    # The function's own release of the SDK, where it has one.
    from cloudevents.core.bindings import http

    environ = (flask.request if request is None else request).environ
    call = environ["avocet.call"]
    flat = call.head["h"]
    headers = {}
    for name, value in zip(flat[::2], flat[1::2]):
        headers.setdefault(name, value)
    message = http.HTTPMessage(headers, call.body)
    if call.kind == "event":
        return http.from_structured_event(message)
    if any(name in headers for name in ("ce-type", "ce-id", "ce-specversion")):
        return http.from_binary_event(message)
    return None


def provide(guest):
    """Puts the module in place; `import sdk` finds it from here on."""
    module = types.ModuleType("sdk", "The platform's services for functions.")

    def emit_cloud_event(type, source, data=None, attributes=None):  # noqa: A002
        """Publishes a CloudEvent; returns the publisher's answer, raises where it refused."""
        return guest.publisher.publish(cloudevents.build(type, source, data, attributes))

    module.emit_cloud_event = emit_cloud_event
    module.get_tracer = lambda: guest.telemetry().tracer
    module.get_cloud_event = _cloud_event
    for name, key in (("function_name", "function-name"), ("namespace", "namespace"), ("runtime", "runtime"),
                      ("timeout", "timeout"), ("body_size_limit", "body-size-limit")):
        setattr(module, f"get_{name}", lambda key=key: guest.context.get(key))
    sys.modules["sdk"] = module
