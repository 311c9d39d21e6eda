"""What the function prints becomes lines of its log, each with the call that printed it."""

import codecs
import io
import os
import sys
import threading
import time

from . import current, frames

MAX_LINE = 64 * 1024

#: Lines in a row that are sent one by one: the next statement may be a loop without end or a crash.
EAGER_LINES = 16

#: Seconds after which a line begins a row of its own.
ROW = 0.01

#: Bytes of further lines that wait for each other.
MAX_WAITING = 16 * 1024

#: Bytes that may wait for the supervisor; lines beyond are dropped.
MAX_BACKLOG = 8 * 1024 * 1024


class Bytes(io.RawIOBase):
    """The `buffer` of a stream of lines: what is written is text all the same."""

    def __init__(self, lines):
        super().__init__()
        self._lines = lines
        self._open = threading.local()

    def writable(self):
        return True

    def fileno(self):
        return self._lines.fileno()

    def write(self, data):
        if not hasattr(self._open, "decoder"):
            self._open.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        data = bytes(data)
        self._lines.write(self._open.decoder.decode(data))
        return len(data)

    def flush(self):
        self._lines.flush()

    def close(self):
        """A wrapper that is dropped closes what it wraps; prints go on."""
        self.flush()


class LineWriter(io.TextIOBase):
    """Stands in for sys.stdout or sys.stderr; each thread's lines stay whole."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, send, level, fileno):
        super().__init__()
        self.buffer = Bytes(self)
        self._fileno = fileno
        self._send = send
        self._level = level
        self._open = threading.local()

    def writable(self):
        return True

    def fileno(self):
        """What programs of the function write there reaches the log too."""
        return self._fileno

    def reconfigure(self, **_options):
        """Lines are sent whole and in UTF-8, whatever is asked for."""

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


class Log:
    """Lines on their way to the supervisor."""

    def __init__(self, writer, function):
        self._writer = writer
        self._function = function
        self.lost = 0
        self._begun = 0.0
        self._eager = EAGER_LINES

    def __call__(self, call, level, text):
        """Sends a line; `call` may be None."""
        if not self._has_room():
            self.lost += 1
            return
        self.tell_lost()
        self._send(call, level, text)
        self._hurry()

    def tell_lost(self):
        """Says how many lines were dropped, as soon as there is room for that."""
        lost = self.lost
        if lost and self._has_room():
            self.lost = 0
            self._send(None, "warn", f"{lost} lines were dropped: the function prints faster than they can be kept")

    def _has_room(self):
        if self._writer.waiting > MAX_BACKLOG:
            self._writer.flush()
        return self._writer.waiting <= MAX_BACKLOG

    def _hurry(self):
        now = time.monotonic()
        if now - self._begun > ROW:
            self._begun, self._eager = now, EAGER_LINES
        if self._eager > 0:
            self._eager -= 1
            self._writer.flush()
        elif self._writer.waiting > MAX_WAITING:
            self._writer.flush()

    def _send(self, call, level, text):
        number, trace = 0, ""
        if call is not None:
            number = call.number
            if call.made_span is not None:
                trace = ',"trace":"' + call.made_span.trace_id + '"'
        head = f'{{"level":"{level}","time":{time.time() * 1000:.3f}{trace}}}'.encode()
        self._writer.frame(frames.LOG, self._function, number, head, text.encode("utf-8", "replace"))


#: What stands in for the standard streams, once it does.
_ours = [sys.stdout, sys.stderr]


def flush_prints():
    """Sends half lines. The function may have put in place of the streams what cannot be flushed."""
    out, err = _ours
    if sys.stdout is not out or sys.stderr is not err:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:  # noqa: BLE001 whatever the function's own stream raises
                pass
    out.flush()
    err.flush()


def capture(log, flush):
    """From here on, prints go to the log. `flush()` sends everything: what ends the process at once
    does that before."""
    sys.stdout, sys.stderr = _ours[:] = LineWriter(log, "info", 1), LineWriter(log, "error", 2)

    def last(end):
        def ending(*args):
            flush_prints()
            flush()
            return end(*args)
        return ending

    os._exit, os.abort = last(os._exit), last(os.abort)
    kill = os.kill
    flush_and_kill = last(kill)
    os.kill = lambda pid, signal: (flush_and_kill if pid in (0, os.getpid()) else kill)(pid, signal)
