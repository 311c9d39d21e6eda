"""The worker's heart: frames in, calls of the one function that it holds, frames out."""

import inspect
import os
import platform
import re
import sys
import threading
import time

from . import bottled, cluster, current, event, farewell, frames, handler, logs, services, trace
from .call import Call, Input
from .crew import Crew
from .loop import Loop
from .pending import Pending
from .host import Host
from .replies import SIMPLE, Replies

#: Seconds that the supervisor has to take the last frames.
FLUSH_LIMIT = 5


#: The worker's place on `sys.path`.
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Guest:
    """Serves one supervisor over `sock` until it goes away or asks to end. `newest` is the folder of
    packages that functions of the newest generation have before the worker's own."""

    def __init__(self, sock, newest=None):
        self.newest = newest
        self.reader = frames.Reader(sock)
        self.out = frames.Writer(sock)
        self.function = 0
        self.handler = None
        self.takes_flask = False
        self.failure = None
        self.folder = ""
        self.context = {}
        self.tracing = False
        self.otel = None
        self.crew = Crew(50, self.next_call, self.run, self.out.flush)
        self.loop = Loop()
        self.pending = Pending(self.loop)
        self.ending = False
        self.lock = threading.Lock()
        self.calls = {}
        self.replies = Replies(self)
        self.host = Host(self)
        services.attach(self.host)
        self.warned = set()
        self.draining = False
        self.send_log = None
        self.is_copy = False

    # --- frames

    def serve(self):
        """Until the end; returns the process's exit code. The function is loaded by this thread,
        the process's main one: some modules insist on it."""
        try:
            while not self.function:
                frame = self.reader.read()
                if frame is None:
                    return 0
                self.control(frame)
                self.out.flush()
        except frames.FrameError as error:
            self.nonsense(error)
        self.crew.start()
        self.crew.ended.wait()
        if self.ending:
            farewell.run(self)
            self.tell_rest()
        return self.leave(0)

    def next_call(self):
        """The next call that can run. None when the supervisor is gone."""
        try:
            while True:
                frame = self.reader.ready()
                if frame is None:
                    self.out.flush()
                    frame = self.reader.read()
                    if frame is None:
                        return None
                if frame.kind != frames.INVOKE:
                    self.control(frame)
                    continue
                call = self.invoke(frame)
                if call is not None:
                    return call
        except frames.FrameError as error:
            return self.nonsense(error)

    def nonsense(self, error):
        print(f"worker: the supervisor sent nonsense: {error}", file=sys.__stderr__)
        self.leave(70)

    def control(self, frame):
        """Anything but a call."""
        kind = frame.kind
        if kind == frames.BODY_CHUNK or kind == frames.END:
            self.more_body(frame)
        elif kind == frames.CREDIT:
            call = self.calls.get(frame.call)
            if call is not None and call.credit is not None:
                call.credit.grant(frame.head["n"])
        elif kind == frames.HOST_REPLY:
            self.host.settled(frame.head, frame.body)
        elif kind == frames.CANCEL:
            self.cancel(frame.call)
        elif kind == frames.PING:
            self.out.frame(frames.PONG, frame.function, frame.call, self.state())
        elif kind == frames.HELLO:
            self.hello(frame.head)
        elif kind == frames.LOAD:
            self.load(frame.function, frame.head)
        elif kind in (frames.SHUTDOWN, frames.UNLOAD):
            self.draining = True
            self.leave_when_done()
        elif kind == frames.INVOKE:
            self.invoke(frame)
        else:
            raise frames.FrameError(f"frame kind {kind} is not for a worker")

    def send(self, kind, number, head):
        """From any thread, at once."""
        self.out.frame(kind, self.function, number, head)
        self.out.flush()

    def hello(self, head):
        if head.get("version") != frames.VERSION:
            print(f"worker: protocol {head.get('version')} is not spoken here ({frames.VERSION} is)", file=sys.__stderr__)
            self.leave(65)
        engine = f"{platform.python_implementation()} {platform.python_version()}"
        self.out.frame(frames.HELLO, 0, 0, {"version": frames.VERSION, "pid": os.getpid(), "engine": engine})

    def state(self):
        with open("/proc/self/statm", encoding="ascii") as file:
            resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        calls = self.crew.busy + len(self.loop.tasks)
        return {"awake": int(self.handler is not None), "calls": calls, "working": self.pending.describe() != "",
                "heap_bytes": resident}

    def leave_when_done(self):
        if not self.draining or self.calls:
            return
        if not self.function:
            self.leave(0)
        # The main thread does what is left.
        self.ending = True
        self.crew.ended.set()

    def tell_rest(self):
        """Says what is cut off."""
        rest = self.pending.describe()
        if rest:
            text = f"the instance ends with work under way: {rest} (scaleConfig.minReplicas keeps one awake)"
            self.send_log(None, "info", text)

    def log_error(self, error):
        self.send_log(None, "error", handler.describe(error, self.folder))

    def leave(self, code):
        try:
            logs.flush_prints()
        except (OSError, ValueError):
            pass
        self.out.finish(FLUSH_LIMIT)
        # Threads that do not come back must not hold the process.
        os._exit(code)

    # --- the function

    def load(self, function, head):
        begun = time.perf_counter()
        if self.function:
            self.loaded(function, begun, {"message": "this worker holds a function already"})
            return
        self.function = function
        self.folder = os.path.realpath(head["dir"])
        self.context = head["context"]
        env = dict(head.get("env", {}))
        reachable = env.pop("AVOCET_CLUSTER", None)
        if reachable is not None:
            cluster.reach(reachable, head.get("namespace", ""))
        os.environ.update(env)
        self.tracing = bool(env.get("TRACE_COLLECTOR_ENDPOINT"))
        places = [p for p in env.get("PYTHONPATH", "").split(os.pathsep) if p]
        sys.path[0:0] = places
        bottled.prefer([self.folder, *places])
        self.send_log = logs.Log(self.out, function)
        logs.capture(self.send_log, self.out.flush)
        trace.instrument()
        bottled.follow_calls(self.context.get("body-size-limit") or 0)
        os.register_at_fork(after_in_child=self.become_copy)
        threads = os.environ.get("SERVER_NUMTHREADS") or os.environ.get("CHERRYPY_NUMTHREADS") or "50"
        self.crew.resize(int(threads) if threads.isdigit() else 50)
        generation = re.fullmatch(r"python3(\d+)", head.get("runtime", ""))
        self.takes_flask = generation is not None and int(generation[1]) >= 14
        try:
            os.chdir(self.folder)
            self.handler = self.made_handler(head)
        except BaseException as error:  # noqa: BLE001 a module may even raise SystemExit
            self.failure = handler.source_error(error, self.folder)
        self.loaded(function, begun, self.failure)

    def made_handler(self, head):
        if not self.takes_flask:
            return handler.load(self.folder, head["entry"], head["export"])
        from . import flask_mode, sdk
        if self.newest is not None:
            # Before the worker's own, and behind the function's, which come before the worker itself.
            sys.path.insert(sys.path.index(HERE) + 1, self.newest)
        sdk.provide(self)
        return flask_mode.FlaskHandler(handler.load(self.folder, head["entry"], head["export"]), self.loop.wait)

    def loaded(self, function, begun, error=None):
        head = {"took_ms": (time.perf_counter() - begun) * 1000}
        if error is not None:
            head["error"] = error
        self.out.frame(frames.LOADED, function, 0, head)

    def telemetry(self):
        """OpenTelemetry's SDK."""
        with self.lock:
            if self.otel is None:
                from . import otel
                self.otel = otel.Telemetry(self, trace.sender(self))
                call = current.get()
                if call is not None:
                    self.otel.enter(call)
        return self.otel

    # --- calls

    def invoke(self, frame):
        """The call, if it can run now."""
        call = Call(self, frame)
        if self.handler is None:
            reason = (self.failure or {}).get("message", "it was not given")
            self.replies.fail(call, "not-loaded", f"the function could not be loaded: {reason}")
            return None
        self.calls[call.number] = call
        if call.kind == "stream":
            call.stream = Input(self, call.number)
        return call

    def more_body(self, frame):
        call = self.calls.get(frame.call)
        if call is None or call.stream is None:
            return
        if frame.kind == frames.BODY_CHUNK:
            call.stream.push(frame.body)
        else:
            call.stream.end(frame.head.get("message", "the request broke off") if frame.raw_head else None)

    def cancel(self, number):
        call = self.calls.pop(number, None)
        if call is None:
            return
        call.cancelled = call.answered = True
        if call.credit is not None:
            call.credit.cancel()
        if call.stream is not None:
            call.stream.end("the caller is gone")
        self.loop.cancel(number)
        self.leave_when_done()

    def run(self, call):
        """On a thread of the crew."""
        token = current.set_(call)
        entered = None
        if self.tracing:
            call.span  # noqa: B018 it starts now
        if self.otel is None and trace.touched():
            self.telemetry()
        elif self.otel is not None:
            entered = self.otel.enter(call)
        try:
            try:
                value = self.handler(call) if self.takes_flask else self.handler(event.build(call), dict(self.context))
                if type(value) not in SIMPLE and inspect.isawaitable(value):
                    self.loop.start(call.number, self.replies.awaited(call, value))
                    return
                head, body = self.replies.of_view(value) if self.takes_flask else self.replies.of(value)
            except BaseException as error:  # noqa: BLE001 SystemExit ends a call, not the worker
                head, body = self.replies.of_error(call, error)
            try:
                self.replies.finish(call, head, body)
            except Exception as error:  # noqa: BLE001 nobody may wait for ever for what cannot be sent
                if call.answered:
                    raise
                self.replies.finish(call, *self.replies.of_error(call, error))
        finally:
            if self.is_copy:
                self.leave_copy()
            if entered is not None:
                self.otel.leave(entered)
            current.reset(token)

    def done(self, call):
        call.answered = True
        if call.stream is not None:
            # What comes now has nowhere to go: the supervisor sends no more of it.
            call.stream.end("the call was answered before its body was read")
        span = call.made_span
        if self.tracing and span is not None and span.sampled:
            self.out.frame(frames.SPAN, self.function, call.number, span.to_json())
        self.calls.pop(call.number, None)
        if self.send_log.lost:
            self.send_log.tell_lost()
        if self.draining:
            self.leave_when_done()

    # --- a copy of the process, made by the function

    def become_copy(self):
        """The function has forked: the supervisor's socket stays with the original. What the copy
        prints reaches the log through the process's own standard streams."""
        self.is_copy = True
        self.out.cut_off()
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__

    def leave_copy(self):
        """A copy that comes back from the handler has nobody to answer."""
        os._exit(0)

    # --- services

    def deprecated(self, old, instead):
        if old not in self.warned:
            self.warned.add(old)
            self.send_log(current.get(), "warn", f"event.{old} is deprecated: use event.{instead}")
