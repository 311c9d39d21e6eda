"""The span of an invocation, the context that comes in and goes out, and OpenTelemetry behind it.

Nothing of OpenTelemetry is loaded until the function, or a library of it, touches it.
"""

import http.client
import json
import os
import sys
import time

from . import current, frames

SCOPE = "io.kyma-project.serverless"

#: The head of a call that is in a trace has this: a quote inside of a value is escaped, so it is the key.
_HINT = b'"t":'

#: Fields of a trace: as headers of requests that the function makes, and in the invocation's span.
_GOING_ON = (("state", "tracestate"), ("baggage", "baggage"))
_RECORDED = (("span", "parentSpanId"), ("state", "traceState"))


class ServerSpan:
    """The span of the invocation."""

    __slots__ = ("call", "given", "trace_id", "span_id", "sampled", "start", "otel")

    def __init__(self, call):
        self.call = call
        self.start = time.time_ns()
        # What the supervisor made of the caller's headers (`head::Trace`).
        self.given = given = call.head["t"] if _HINT in call.raw_head else {}
        self.trace_id = given.get("id") or os.urandom(16).hex()
        self.span_id = os.urandom(8).hex()
        self.sampled = given.get("sampled", call.guest.tracing)
        self.otel = None

    def headers(self):
        """The headers by which it leaves the process."""
        flag = int(self.sampled)
        out = {"traceparent": f"00-{self.trace_id}-{self.span_id}-0{flag}", "x-b3-traceid": self.trace_id,
               "x-b3-spanid": self.span_id, "x-b3-sampled": str(flag)}
        out.update((header, self.given[name]) for name, header in _GOING_ON if name in self.given)
        return out

    def to_json(self):
        status = self.call.status
        span = {
            "traceId": self.trace_id, "spanId": self.span_id, "kind": 2,
            "name": f"{self.call.head['m']} {self.call.guest.context.get('function-name', '')}",
            "startTimeUnixNano": str(self.start), "endTimeUnixNano": str(time.time_ns()),
            "attributes": [{"key": "http.response.status_code", "value": {"intValue": status}}],
            "status": {"code": 2} if status >= 500 else {}, "scope": SCOPE,
        }
        span.update((field, self.given[name]) for name, field in _RECORDED if name in self.given)
        if self.otel is not None:
            self.otel.describe(span)
        return json.dumps(span).encode()


def _carry(connection):
    """Puts the active span into a request that is about to be sent."""
    call = current.get()
    if call is None or any(line[:12].lower() == b"traceparent:" for line in connection._buffer):
        return
    for name, value in call.outgoing().items():
        connection.putheader(name, value)


def instrument():
    """Requests of http.client, which urllib, urllib3 and requests are built on, carry the trace."""
    end = http.client.HTTPConnection.endheaders

    def endheaders(self, *args, **kwargs):
        _carry(self)
        return end(self, *args, **kwargs)

    http.client.HTTPConnection.endheaders = endheaders


def touched():
    """Whether anything in the process has loaded OpenTelemetry's API."""
    return "opentelemetry.trace" in sys.modules


def sender(guest):
    """What finished spans of the SDK go through."""
    def send(span):
        call = current.get()
        if guest.out.waiting < 4 * 1024 * 1024:
            guest.out.frame(frames.SPAN, guest.function, call.number if call is not None else 0, span)
    return send
