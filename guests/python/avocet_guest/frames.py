"""Frames to bytes and back: u32 length | u8 kind | u64 call | u32 head length | head | body.

Little-endian; `length` counts what comes after it. A call's number is two u32: the function's in the
upper half, the call's in the lower.
"""

import json
import struct
import threading

VERSION = 1
MAX_FRAME = 101 * 1024 * 1024
CREDIT_WINDOW = 256 * 1024

(HELLO, LOAD, LOADED, UNLOAD, INVOKE, BODY_CHUNK, RESPOND, RESPOND_CHUNK, END, HOST_CALL, HOST_REPLY,
 LOG, SPAN, CANCEL, PING, PONG, CREDIT, SHUTDOWN) = range(1, 19)

_PREFIX = struct.Struct("<IBIII")
_COUNTED = _PREFIX.size - 4


class FrameError(Exception):
    """Bytes that are no frame: the connection is useless from here on."""


class Frame:
    """One frame; `head` is decoded on first use."""

    __slots__ = ("kind", "function", "call", "raw_head", "body")

    def __init__(self, kind, function, call, raw_head, body):
        self.kind = kind
        self.function = function
        self.call = call
        self.raw_head = raw_head
        self.body = body

    @property
    def head(self):
        return json.loads(self.raw_head) if self.raw_head else {}


class Reader:
    """Cuts what a socket brings into frames."""

    def __init__(self, sock):
        self._socket = sock
        self._data = bytearray()
        self._at = 0

    def __iter__(self):
        while True:
            frame = self._next()
            if frame is not None:
                yield frame
                continue
            if self._at:
                del self._data[:self._at]
                self._at = 0
            try:
                received = self._socket.recv(256 * 1024)
            except ConnectionError:
                return
            if not received:
                return
            self._data += received

    def _next(self):
        data, at = self._data, self._at
        if len(data) - at < _PREFIX.size:
            return None
        length, kind, call, function, head = _PREFIX.unpack_from(data, at)
        if length > MAX_FRAME or length < _COUNTED or head > length - _COUNTED:
            raise FrameError(f"frame of {length} bytes with a head of {head}")
        end = at + 4 + length
        if len(data) < end:
            return None
        body = at + _PREFIX.size + head
        self._at = end
        view = memoryview(data)
        try:
            return Frame(kind, function, call, bytes(view[at + _PREFIX.size:body]), bytes(view[body:end]))
        finally:
            view.release()


class Writer:
    """Writes frames from many threads; whole frames, in the order of the calls.

    A thread that finds another one writing leaves its frame with it, so that one system call carries
    what several threads answered at the same time.
    """

    def __init__(self, sock):
        self._socket = sock
        self._lock = threading.Lock()
        self._queue = []
        self._writing = False

    def frame(self, kind, function, call, head=b"", body=b""):
        """`head`: bytes of JSON, or what becomes JSON."""
        if not isinstance(head, bytes):
            head = json.dumps(head, ensure_ascii=False).encode("utf-8", "surrogatepass")
        prefix = _PREFIX.pack(_COUNTED + len(head) + len(body), kind, call, function, len(head))
        with self._lock:
            self._queue.append(prefix + head + body)
            if self._writing:
                return
            self._writing = True
        self._drain()

    def _drain(self):
        while True:
            with self._lock:
                if not self._queue:
                    self._writing = False
                    return
                queue, self._queue = self._queue, []
            try:
                self._socket.sendall(queue[0] if len(queue) == 1 else b"".join(queue))
            except OSError:
                # The supervisor is gone; the reader sees it and ends the process.
                with self._lock:
                    self._queue.clear()
                    self._writing = False
                return
