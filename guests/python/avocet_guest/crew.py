"""The threads that run calls.

One thread leads: it reads frames and runs the calls in them itself, so that a quick call costs no
switch of threads. Where a call does not come back within a moment, a watch gives the lead to
another thread, and the slow one goes on with its call only. A function whose calls are often slow
gets each call after that on a thread of its own at once.
"""

import threading
import time
from collections import deque

#: Seconds that a call may keep the leader.
PATIENCE = 0.002

#: Calls that are given a thread of their own after one that was slow.
WARY_CALLS = 64

#: Rounds without any call after which the watch rests.
RESTING_ROUNDS = 20

STACK_BYTES = 1024 * 1024


class Crew:
    """`size` threads for calls and one more, so that somebody always reads."""

    def __init__(self, size, next_call, run, idle):
        """`next_call()` waits for the next call, None at the end; `run(call)`; `idle()` before it
        waits."""
        self._size = size
        self._next_call = next_call
        self._run = run
        self._idle = idle
        self._lead = threading.Lock()
        self._state = threading.Lock()
        self._backlog = deque()
        self._threads = 0
        self._free = 0
        self._leader = None
        self._since = None
        self._wary = 0
        self._served = 0
        self._watch_rests = True
        self._wake_watch = threading.Event()
        self.busy = 0
        self.ended = threading.Event()
        threading.stack_size(STACK_BYTES)

    def start(self):
        threading.Thread(target=self._watch, name="watch", daemon=True).start()
        with self._state:
            self._recruit()

    def resize(self, size):
        self._size = max(1, size)

    def give_up_lead(self):
        """The calling thread is going to wait for something that comes as a frame."""
        with self._state:
            self._pass_on(threading.get_ident())

    # --- under self._state

    def _recruit(self):
        self._threads += 1
        threading.Thread(target=self._work, name="call", daemon=True).start()

    def _pass_on(self, leader):
        """Takes the lead from `leader`, if it still has it, and sees to a successor."""
        if self._leader is None or self._leader != leader:
            return False
        self._leader = None
        self._since = None
        if self._free == 0 and self._threads <= self._size:
            self._recruit()
        self._lead.release()
        return True

    # --- threads

    def _work(self):
        me = threading.get_ident()
        while True:
            with self._state:
                call = self._backlog.popleft() if self._backlog else None
                if call is None:
                    self._free += 1
                else:
                    self.busy += 1
            if call is not None:
                self._run(call)
                self._idle()
                with self._state:
                    self.busy -= 1
                continue
            self._lead.acquire()
            with self._state:
                self._free -= 1
                self._leader = me
            self._idle()
            if not self._lead_on(me):
                return

    def _lead_on(self, me):
        """Until the lead is lost. False at the end of everything."""
        state = self._state
        while True:
            call = self._next_call()
            if call is None:
                self.ended.set()
                return False
            with state:
                if self.busy >= self._size:
                    self._backlog.append(call)
                    continue
                self.busy += 1
                self._served += 1
                if self._wary > 0:
                    self._wary -= 1
                    self._pass_on(me)
                else:
                    self._since = time.monotonic()
            if self._watch_rests:
                self._wake_watch.set()
            self._run(call)
            with state:
                self.busy -= 1
                if self._leader == me:
                    self._since = None
                    continue
            self._idle()
            return True

    def _watch(self):
        quiet, seen = 0, 0
        while True:
            if quiet > RESTING_ROUNDS:
                self._watch_rests = True
                self._wake_watch.wait()
                self._wake_watch.clear()
                self._watch_rests = False
                quiet = 0
            time.sleep(PATIENCE)
            with self._state:
                since = self._since
                if since is not None and time.monotonic() - since > PATIENCE:
                    self._wary = WARY_CALLS
                    self._pass_on(self._leader)
                quiet = quiet + 1 if self._served == seen and since is None else 0
                seen = self._served
