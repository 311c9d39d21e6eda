"""One call of the function."""

import collections
import io
import json
import threading

from . import frames, trace
from .event import environ


class Call:
    """Its head is parsed, and its span made, when something needs them."""

    __slots__ = ("guest", "number", "raw_head", "body", "kind", "stream", "credit", "answered",
                 "cancelled", "status", "made_span", "made_response", "_head", "made_environ")

    def __init__(self, guest, frame):
        raw = frame.raw_head
        self.guest = guest
        self.number = frame.call
        self.raw_head = raw
        self.body = frame.body
        self.stream = None  # an Input, where the body comes while the function runs
        self.credit = None
        self.answered = False
        self.cancelled = False
        self.status = 200
        self.made_span = None
        self.made_response = None  # what was set on bottle.response
        self._head = None
        self.made_environ = None
        # A quote inside a value is escaped: the key stands once.
        at = raw.rfind(b'"k":"')
        self.kind = self.head.get("k", "none") if at < 0 else raw[at + 5:raw.index(b'"', at + 5)].decode()

    @property
    def head(self):
        if self._head is None:
            self._head = json.loads(self.raw_head)
        return self._head

    def environ(self):
        """The WSGI environment. The call does not know its request: a circle of objects that each
        call leaves behind would cost more than the call."""
        if self.made_environ is None:
            made = environ(self.head, self.input())
            # As bottle's own application does before it routes; Flask reads what WSGI says.
            made["PATH_INFO"] = made["PATH_INFO"].encode("latin-1").decode("utf-8", "ignore")
            if self.stream is not None or "HTTP_TRANSFER_ENCODING" in made:
                # bottle would copy it to a file first, or take it for chunks.
                made["bottle.request.body"] = made["wsgi.input"]
            self.made_environ = made
        return self.made_environ

    @property
    def span(self):
        if self.made_span is None:
            self.made_span = trace.ServerSpan(self)
        return self.made_span

    def outgoing(self):
        """The headers by which the active span goes on."""
        otel = self.guest.otel
        return self.span.headers() if otel is None else otel.outgoing()

    def input(self):
        """The body as a file."""
        return io.BytesIO(self.body) if self.stream is None else Reader(self.stream)


class Reader(io.BufferedReader):
    """A request body that is read while it comes. It is there once: going back to its beginning, as
    bottle does with each look at `request.body`, goes nowhere."""

    def seek(self, offset, whence=io.SEEK_SET):
        if offset == 0 and whence == io.SEEK_SET:
            return 0
        raise io.UnsupportedOperation("the request's body is a stream (spec.bodyLimit): it is read once, forwards")

    def tell(self):
        raise io.UnsupportedOperation("the request's body is a stream (spec.bodyLimit)")


class Input(io.RawIOBase):
    """A request body that comes while the function runs; credit goes back as it is read."""

    def __init__(self, guest, number):
        super().__init__()
        self._guest = guest
        self._number = number
        self._parts = collections.deque()
        self._ended = False
        self._error = None
        self._changed = threading.Condition()

    def push(self, part):
        with self._changed:
            self._parts.append(part)
            self._changed.notify()

    def end(self, error):
        """Nothing follows; `error`: why the body is not complete, or None."""
        with self._changed:
            if not self._ended:
                self._ended, self._error = True, error
                self._changed.notify()

    def readable(self):
        return True

    def readinto(self, buffer):
        with self._changed:
            if not self._parts and not self._ended:
                self._guest.crew.give_up_lead()
                self._changed.wait_for(lambda: self._parts or self._ended)
            if not self._parts:
                if self._error is not None:
                    raise ConnectionResetError(self._error)
                return 0
            part = self._parts[0]
            count = min(len(part), len(buffer))
            buffer[:count] = part[:count]
            if count == len(part):
                self._parts.popleft()
            else:
                self._parts[0] = part[count:]
        self._guest.send(frames.CREDIT, self._number, {"n": count})
        return count


class Credit:
    """What may still be sent of a streamed answer."""

    def __init__(self, guest):
        self._guest = guest
        self._left = frames.CREDIT_WINDOW
        self._gone = False
        self._changed = threading.Condition()

    def grant(self, count):
        with self._changed:
            self._left += count
            self._changed.notify()

    def cancel(self):
        with self._changed:
            self._gone = True
            self._changed.notify()

    def take(self, wanted):
        """Waits until at least one byte may be sent; 0 where nobody wants it any more."""
        with self._changed:
            if self._left == 0 and not self._gone:
                self._guest.crew.give_up_lead()
                self._guest.out.flush()
                self._changed.wait_for(lambda: self._left or self._gone)
            if self._gone:
                return 0
            count = min(wanted, self._left)
            self._left -= count
            return count
