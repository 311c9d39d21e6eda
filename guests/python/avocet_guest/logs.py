"""What the function prints becomes lines of its log, each with the call that printed it."""

import io
import sys
import threading
import time

from . import frames

MAX_LINE = 64 * 1024

_current = threading.local()


def set_current(number):
    """The call that this thread is running; 0 is none."""
    _current.number = number


def current():
    return getattr(_current, "number", 0)


class LineWriter(io.TextIOBase):
    """Stands in for sys.stdout or sys.stderr; each thread's lines stay whole."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, send, level):
        super().__init__()
        self._send = send
        self._level = level
        self._open = threading.local()

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        whole, newline, rest = (getattr(self._open, "text", "") + text).rpartition("\n")
        if newline:
            self._line(whole)
        if len(rest) > MAX_LINE:
            self._line(rest)
            rest = ""
        self._open.text = rest
        return len(text)

    def flush(self):
        text = getattr(self._open, "text", "")
        if text:
            self._open.text = ""
            self._line(text)

    def _line(self, text):
        if len(text) > MAX_LINE:
            text = text[:MAX_LINE] + "… (cut)"
        self._send(current(), self._level, text)


def sender(writer, function):
    """A function that sends a line to the supervisor."""
    def send(number, level, text):
        head = {"level": level, "time": time.time() * 1000}
        writer.frame(frames.LOG, function, number, head, text.encode("utf-8", "replace"))
    return send


def capture(send):
    """From here on, prints go to the log."""
    sys.stdout = LineWriter(send, "info")
    sys.stderr = LineWriter(send, "error")
