"""What a process has under way besides its calls: threads, tasks and child processes that the function
started. It keeps an instance from going to sleep."""

import os
import sys
import threading

#: Where an executor's thread waits for work, and such threads of libraries.
_RESTING = (os.path.join("concurrent", "futures", "thread.py"), os.path.join("opentelemetry", "sdk"))


class Pending:
    """Threads that are there when it is made are the worker's."""

    def __init__(self, loop):
        self._loop = loop
        self._own = {"watch", "call", "loop"}

    def describe(self):
        """For people: `1 thread, 2 tasks`; empty where there is nothing."""
        found = (("thread", self._threads()), ("task", self._loop.others()), ("child process", _children()))
        return ", ".join(f"{number} {word}{_plural(word, number)}" for word, number in found if number)

    def _threads(self):
        frames = sys._current_frames()
        return sum(1 for thread in threading.enumerate()
                   if thread is not threading.main_thread() and thread.name not in self._own
                   and not _rests(frames.get(thread.ident)))


def _plural(word, number):
    return "" if number == 1 else "es" if word.endswith("ss") else "s"


def _rests(frame):
    """Whether a thread only waits to be given work."""
    for _ in range(4):
        if frame is None:
            return False
        if any(place in frame.f_code.co_filename for place in _RESTING):
            return frame.f_code.co_name in ("_worker", "worker", "_run", "run")
        if not frame.f_code.co_filename.endswith(("threading.py", "queue.py")):
            return False
        frame = frame.f_back
    return False


def _children():
    multiprocessing = sys.modules.get("multiprocessing")
    return 0 if multiprocessing is None else len(multiprocessing.active_children())
