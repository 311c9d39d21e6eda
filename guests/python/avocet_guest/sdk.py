"""The module `sdk` of functions that are called as main()."""

import sys
import types

from . import cloudevents, current, event


class CloudEvent(dict):
    """Attributes and data of an event; `["ce-type"]` is `["type"]`."""

    def __missing__(self, name):
        if name.startswith("ce-") and name[3:] in self:
            return self[name[3:]]
        raise KeyError(name)


def _cloud_event(req):
    call = req.environ["avocet.call"]
    built = event.build(call)
    found = CloudEvent((name[3:], value) for name, value in built.items() if name.startswith("ce-"))
    if not found:
        return None
    if "data" in built:
        found["data"] = built["data"]
    return found


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
