"""OpenTelemetry's SDK, loaded when the function touches it. Finished spans leave as frames; the
supervisor exports them."""

import json
import math

from opentelemetry import context, propagate, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.propagators.b3 import B3MultiFormat
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .trace import SCOPE


#: Numbers that JSON does not have, as protobuf's JSON has them.
_NO_NUMBER = {math.inf: "Infinity", -math.inf: "-Infinity"}

#: Integers up to here are the same in every reader of JSON.
_EXACT = 2 ** 53 - 1


def _integer(value):
    if -_EXACT <= value <= _EXACT:
        return {"intValue": value}
    if -(2 ** 63) <= value < 2 ** 63:
        return {"intValue": str(value)}
    try:
        return {"doubleValue": float(value)}
    except OverflowError:
        return {"stringValue": str(value)}


def _value(value):
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else _NO_NUMBER.get(value, "NaN")}
    if isinstance(value, (list, tuple)):
        return {"arrayValue": {"values": [_value(one) for one in value]}}
    return {"stringValue": str(value)}


def _attributes(values):
    return [{"key": key, "value": _value(value)} for key, value in (values or {}).items() if value is not None]


def _status(status):
    code = {"UNSET": 0, "OK": 1, "ERROR": 2}[status.status_code.name]
    return {} if code == 0 else {"code": code, "message": status.description or ""}


def _events(events):
    return [{"timeUnixNano": str(e.timestamp), "name": e.name, "attributes": _attributes(e.attributes)} for e in events]


class _Frames(SpanProcessor):
    """Hands finished spans on, as OTLP/JSON."""

    def __init__(self, send):
        self._send = send

    def on_end(self, span):
        if isinstance(span, _Invocation) or not span.context.trace_flags.sampled:
            return
        out = {
            "traceId": f"{span.context.trace_id:032x}", "spanId": f"{span.context.span_id:016x}", "name": span.name,
            "kind": span.kind.value + 1, "startTimeUnixNano": str(span.start_time), "endTimeUnixNano": str(span.end_time),
            "attributes": _attributes(span.attributes), "events": _events(span.events), "status": _status(span.status),
            "links": [{"traceId": f"{link.context.trace_id:032x}", "spanId": f"{link.context.span_id:016x}",
                       "attributes": _attributes(link.attributes)} for link in span.links],
            "scope": span.instrumentation_scope.name,
        }
        if span.context.trace_state:
            out["traceState"] = span.context.trace_state.to_header()
        if span.parent is not None:
            out["parentSpanId"] = f"{span.parent.span_id:016x}"
        self._send(json.dumps(out).encode())


class _Invocation(trace.NonRecordingSpan):
    """The span of the invocation as the function sees it. The platform ends it."""

    def __init__(self, span):
        flags = trace.TraceFlags(trace.TraceFlags.SAMPLED if span.sampled else trace.TraceFlags.DEFAULT)
        state = trace.TraceState.from_header([span.given["state"]]) if "state" in span.given else None
        super().__init__(trace.SpanContext(int(span.trace_id, 16), int(span.span_id, 16), True, flags, state))
        self._sampled = span.sampled
        self._set = {}
        self._name = None
        self._happened = []
        self._status = None

    def is_recording(self):
        return self._sampled

    def set_attribute(self, key, value):
        self._set[key] = value

    def set_attributes(self, attributes):
        self._set.update(attributes)

    def update_name(self, name):
        self._name = name

    def set_status(self, status, description=None):
        self._status = status if isinstance(status, trace.Status) else trace.Status(status, description)

    def add_event(self, name, attributes=None, timestamp=None):
        import time
        self._happened.append({"timeUnixNano": str(timestamp or time.time_ns()), "name": name, "attributes": _attributes(attributes)})

    def record_exception(self, exception, attributes=None, timestamp=None, escaped=False):
        self.add_event("exception", {"exception.type": type(exception).__name__, "exception.message": str(exception),
                                     **(attributes or {})}, timestamp)

    def describe(self, span):
        span["attributes"] += _attributes(self._set)
        if self._name is not None:
            span["name"] = self._name
        if self._happened:
            span["events"] = self._happened
        if self._status is not None:
            span["status"] = _status(self._status)


class Telemetry:
    """The global provider, propagators, and the tracer of events."""

    def __init__(self, guest, send):
        root = ALWAYS_ON if guest.tracing else ALWAYS_OFF
        provider = TracerProvider(sampler=ParentBased(root), shutdown_on_exit=False)
        provider.add_span_processor(_Frames(send))
        trace.set_tracer_provider(provider)
        propagate.set_global_textmap(CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator(), B3MultiFormat()]))
        self.tracer = trace.get_tracer(SCOPE)

    def enter(self, call):
        """Makes the span of the call the active one; returns what `leave` needs."""
        span = call.span
        if span.otel is None:
            span.otel = _Invocation(span)
        active = trace.set_span_in_context(span.otel, context.Context())
        if "baggage" in span.given:
            active = W3CBaggagePropagator().extract({"baggage": span.given["baggage"]}, active)
        return context.attach(active)

    def leave(self, token):
        try:
            context.detach(token)
        except ValueError:
            pass

    def outgoing(self):
        carrier = {}
        propagate.inject(carrier)
        return carrier


