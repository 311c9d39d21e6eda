"""One call of the function."""

import io
import json
import threading

from . import frames, trace
from .event import environ


class Call:
    """Its head is parsed, and its span made, when something needs them."""

    __slots__ = ("guest", "number", "raw_head", "body", "kind", "more", "parts", "stream", "credit", "answered",
                 "cancelled", "status", "made_span", "made_response", "_head", "made_environ")

    def __init__(self, guest, frame):
        raw = frame.raw_head
        self.guest = guest
        self.number = frame.call
        self.raw_head = raw
        self.body = frame.body
        self.parts = None
        self.stream = None
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
        if at < 0:
            self.kind = self.head.get("k", "none")
            self.more = self.head.get("more", False)
        else:
            self.kind = raw[at + 5:raw.index(b'"', at + 5)].decode()
            self.more = raw.find(b'"more":true', at) >= 0

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
        return io.BytesIO(self.body) if self.stream is None else io.BufferedReader(self.stream)


class Input(io.RawIOBase):
    """A request body that comes in pieces; credit goes back as it is read."""

    def __init__(self, guest, number, first):
        super().__init__()
        self._guest = guest
        self._number = number
        self._parts = [first] if first else []
        self._ended = False
        self._error = None
        self._changed = threading.Condition()

    def push(self, part):
        with self._changed:
            self._parts.append(part)
            self._changed.notify()

    def end(self, error):
        with self._changed:
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
                self._parts.pop(0)
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
