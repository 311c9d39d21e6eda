"""The span of an invocation, the context that comes in and goes out, and OpenTelemetry behind it.

Nothing of OpenTelemetry is loaded until the function, or a library of it, touches it.
"""

import http.client
import json
import os
import re
import sys
import time

from . import current, frames

SCOPE = "io.kyma-project.serverless"

_W3C = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_B3 = re.compile(r"([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d]))?(?:-[0-9a-f]{16})?")
_NAMES = frozenset(("traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags"))
_HINTS = (b'traceparent"', b'b3"', b'"x-b3-', b'"baggage"')


def extract(flat):
    """What request headers (name, value, …) carry of a trace: a dictionary of their own names."""
    return {name: value for name, value in zip(flat[::2], flat[1::2]) if name in _NAMES}


def parent_of(found):
    """(trace id, span id, sampled) of the caller's span, or None."""
    match = _W3C.fullmatch(found.get("traceparent", ""))
    if match and match[1] != "ff" and not (match[1] == "00" and match[5]):
        parent = (match[2], match[3], int(match[4], 16) & 1 == 1)
    else:
        sampled = found.get("x-b3-flags") == "1" or found.get("x-b3-sampled", "1") not in ("0", "false")
        several = f"{found.get('x-b3-traceid', '')}-{found.get('x-b3-spanid', '')}-{int(sampled)}"
        match = _B3.fullmatch(found.get("b3", "").lower()) or _B3.fullmatch(several.lower())
        if not match:
            return None
        parent = (match[1].rjust(32, "0"), match[2], match[3] != "0")
    return None if set(parent[0]) == {"0"} or set(parent[1]) == {"0"} else parent


class ServerSpan:
    """The span of the invocation."""

    __slots__ = ("call", "found", "parent", "trace_id", "span_id", "sampled", "start", "otel")

    def __init__(self, call):
        raw = call.raw_head
        self.call = call
        self.start = time.time_ns()
        self.found = extract(call.head["h"]) if any(hint in raw for hint in _HINTS) else {}
        self.parent = parent_of(self.found) if self.found else None
        self.trace_id = self.parent[0] if self.parent else os.urandom(16).hex()
        self.span_id = os.urandom(8).hex()
        denied = self.found.get("b3") == "0" or self.found.get("x-b3-sampled") == "0"
        self.sampled = self.parent[2] if self.parent else call.guest.tracing and not denied
        self.otel = None

    def headers(self):
        """The headers by which it leaves the process."""
        flag = int(self.sampled)
        out = {"traceparent": f"00-{self.trace_id}-{self.span_id}-0{flag}", "x-b3-traceid": self.trace_id,
               "x-b3-spanid": self.span_id, "x-b3-sampled": str(flag)}
        out.update({name: self.found[name] for name in ("tracestate", "baggage") if name in self.found})
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
        if self.parent:
            span["parentSpanId"] = self.parent[1]
            if "tracestate" in self.found:
                span["traceState"] = self.found["tracestate"]
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
