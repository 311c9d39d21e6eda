"""Frames to bytes and back: u32 length | u8 kind | u64 call | u32 head length | head | body.

Little-endian; `length` counts what comes after it. A call's number is two u32: the function's in the
upper half, the call's in the lower.
"""

import json
import struct
import threading
import time
from collections import deque

VERSION = 3
MAX_FRAME = 101 * 1024 * 1024
CREDIT_WINDOW = 256 * 1024

(HELLO, LOAD, LOADED, UNLOAD, INVOKE, BODY_CHUNK, RESPOND, RESPOND_CHUNK, END, HOST_CALL, HOST_REPLY,
 LOG, SPAN, CANCEL, PING, PONG, CREDIT, SHUTDOWN) = range(1, 19)

_PREFIX = struct.Struct("<IBIII")
_COUNTED = _PREFIX.size - 4


class FrameError(Exception):
    """Bytes that are no frame: the connection is useless from here on."""


class Frame:
    """One frame; `head` is decoded when something looks at it."""

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
    """Cuts what a socket brings into frames. One thread at a time reads."""

    def __init__(self, sock):
        self._socket = sock
        self._data = b""
        self._at = 0

    def __iter__(self):
        while True:
            frame = self.read()
            if frame is None:
                return
            yield frame

    def read(self):
        """The next frame; waits for it. None when the other side is gone."""
        while True:
            frame = self.ready()
            if frame is not None:
                return frame
            if not self._fill():
                return None

    def ready(self):
        """The next frame, if it is here already."""
        data, at = self._data, self._at
        if len(data) - at < _PREFIX.size:
            return None
        length, kind, call, function, head = _PREFIX.unpack_from(data, at)
        _check(length, head)
        end = at + 4 + length
        if len(data) < end:
            return None
        body = at + _PREFIX.size + head
        self._at = end
        return Frame(kind, function, call, data[at + _PREFIX.size:body], data[body:end])

    def _fill(self):
        """Receives until the frame that has begun is whole, or once."""
        parts = [self._data[self._at:]]
        have = len(parts[0])
        need = 1
        if have >= 4:
            length = int.from_bytes(parts[0][:4], "little")
            _check(length, 0)
            need = 4 + length - have
        while need > 0:
            try:
                received = self._socket.recv(max(64 * 1024, min(need, 4 * 1024 * 1024)))
            except OSError:
                return False
            if not received:
                return False
            parts.append(received)
            need -= len(received)
        self._data = b"".join(parts)
        self._at = 0
        return True


def _check(length, head):
    if length > MAX_FRAME or length < _COUNTED or head > length - _COUNTED:
        raise FrameError(f"frame of {length} bytes with a head of {head}")


class Writer:
    """Gathers frames of many threads; whole frames, in the order of the calls.

    `flush` sends what is there with one system call. A thread that finds another one sending leaves
    its frames with it.
    """

    def __init__(self, sock):
        self._socket = sock
        self._lock = threading.Lock()
        self._queue = deque()
        self._sending = False
        self.waiting = 0

    def frame(self, kind, function, call, head=b"", body=b""):
        """Puts a frame in line. `head`: bytes of JSON, or what becomes JSON."""
        if not isinstance(head, bytes):
            head = json.dumps(head, ensure_ascii=False).encode("utf-8", "surrogatepass")
        length = len(head) + len(body) + _COUNTED
        # A deque takes and gives single items without a lock.
        self._queue.append(_PREFIX.pack(length, kind, call, function, len(head)) + head + body)
        self.waiting += length

    def cut_off(self):
        """From here on nothing is sent: the socket is another process's."""
        self.frame = lambda *_: None
        self.flush = lambda: None
        self.finish = lambda _limit: None
        self._queue.clear()

    def finish(self, limit):
        """Sends everything, or what is taken within `limit` seconds."""
        end = time.monotonic() + limit
        while (self._queue or self._sending) and time.monotonic() < end:
            self.flush()
            time.sleep(0.0005)

    def flush(self):
        """Sends what is in line, unless another thread is about to."""
        while self._queue:
            with self._lock:
                if self._sending or not self._queue:
                    return
                self._sending = True
                self.waiting = 0
                queue = [self._queue.popleft() for _ in range(len(self._queue))]
            try:
                self._socket.sendall(queue[0] if len(queue) == 1 else b"".join(queue))
            except OSError:
                # The supervisor is gone; the reader sees it and ends the process.
                self._queue.clear()
            finally:
                self._sending = False
