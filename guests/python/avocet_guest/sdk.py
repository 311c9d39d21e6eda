"""The module `sdk` of functions that are called as main()."""

import sys
import types

import flask

from . import cloudevents, publisher


def _cloud_event(request=None):
    """The CloudEvent in Flask's request as the CloudEvents SDK's own object (`get_type()`,
    `get_data()`, …); None where it is none."""
    environ = (flask.request if request is None else request).environ
    call = environ["avocet.call"]
    flat = call.head["h"]
    headers = {}
    for name, value in zip(flat[::2], flat[1::2]):
        headers.setdefault(name, value)
    if call.kind == "event" or any(name in headers for name in ("ce-type", "ce-id", "ce-specversion")):
        return _parsed(headers, call.body, call.kind == "event")
    return None


def _parsed(headers, body, is_structured):
    """By the function's own release of the SDK, where it has one."""
    try:
        from cloudevents.core.bindings import http
    except (ImportError, SyntaxError, TypeError):
        # A release before 2, or a Python that has no other.
        from cloudevents.http import CloudEvent, from_http

        found = from_http(headers, body)
        found.__class__ = type("CloudEvent", (CloudEvent,), _GETTERS)
        return found
    message = http.HTTPMessage(headers, body)
    return http.from_structured_event(message) if is_structured else http.from_binary_event(message)


def _getter(name):
    return lambda self: self.get(name)


#: What releases before 2 do not have.
_GETTERS = {f"get_{name}": _getter(name) for name in (
    "id", "source", "type", "specversion", "datacontenttype", "dataschema", "subject", "time")}
_GETTERS["get_extension"] = lambda self, name: self.get(name)


def provide(guest):
    """Puts the module in place; `import sdk` finds it from here on."""
    module = types.ModuleType("sdk", "The platform's services for functions.")

    def emit_cloud_event(type, source, data=None, attributes=None):  # noqa: A002
        """Publishes a CloudEvent; returns the publisher's answer, raises where it refused."""
        return publisher.publish(guest.host, cloudevents.build(type, source, data, attributes))

    module.emit_cloud_event = emit_cloud_event
    module.get_tracer = lambda: guest.telemetry().tracer
    module.get_cloud_event = _cloud_event
    for name, key in (("function_name", "function-name"), ("namespace", "namespace"), ("runtime", "runtime"),
                      ("timeout", "timeout"), ("body_size_limit", "body-size-limit")):
        setattr(module, f"get_{name}", lambda key=key: guest.context.get(key))
    sys.modules["sdk"] = module
