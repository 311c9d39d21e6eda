"""What the function prints becomes lines of its log, each with the call that printed it."""

import io
import sys
import threading
import time

from . import current, frames

MAX_LINE = 64 * 1024

#: Bytes that may wait for the supervisor; lines beyond are dropped.
MAX_BACKLOG = 8 * 1024 * 1024


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
        self._send(current.get(), self._level, text)


def sender(writer, function, leads):
    """A function that sends a line to the supervisor; `call` may be None. Lines of the thread that
    leads (`leads()`) go out with its answers."""
    lost = [0]

    def send(call, level, text):
        if writer.waiting > MAX_BACKLOG:
            writer.flush()
            if writer.waiting > MAX_BACKLOG:
                lost[0] += 1
                return
        number, trace = 0, ""
        if call is not None:
            number = call.number
            if call.made_span is not None:
                trace = ',"trace":"' + call.made_span.trace_id + '"'
        if lost[0]:
            text = f"({lost[0]} lines were dropped: the function prints faster than they can be kept)\n{text}"
            lost[0] = 0
        head = f'{{"level":"{level}","time":{time.time() * 1000:.3f}{trace}}}'.encode()
        writer.frame(frames.LOG, function, number, head, text.encode("utf-8", "replace"))
        if not leads():
            writer.flush()
    return send


def capture(send):
    """From here on, prints go to the log."""
    sys.stdout = LineWriter(send, "info")
    sys.stderr = LineWriter(send, "error")
