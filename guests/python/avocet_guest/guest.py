"""The worker's heart: frames in, calls of the one function that it holds, frames out."""

import asyncio
import inspect
import json
import os
import platform
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from . import answer, event, frames, handler, logs

#: Seconds that a shutdown waits for calls in flight.
DRAIN_LIMIT = 30

#: Seconds that a function waits for the platform to take an event.
HOST_CALL_LIMIT = 30

_PLAIN = {kind: json.dumps({"r": kind}).encode() for kind in ("none", "text", "json", "bytes", "thrown", "throwntext")}


class Call:
    """One call of the function."""

    __slots__ = ("guest", "number", "head", "body", "_environ")

    def __init__(self, guest, number, head, body):
        self.guest = guest
        self.number = number
        self.head = head
        self.body = body
        self._environ = None

    @property
    def environ(self):
        if self._environ is None:
            self._environ = event.environ(self.head, self.body)
        return self._environ


class Publisher:
    """An answer in the shape of the `requests` library's."""

    def __init__(self, status, reason, text):
        self.status_code = status
        self.reason = reason
        self.text = text
        self.ok = status < 400


class Guest:
    """Serves one supervisor over `sock` until it goes away or asks to end."""

    def __init__(self, sock):
        self.socket = sock
        self.reader = frames.Reader(sock)
        self.out = frames.Writer(sock)
        self.function = 0
        self.handler = None
        self.failure = None
        self.folder = ""
        self.context = {}
        self.pool = None
        self.lock = threading.Lock()
        self.idle = threading.Condition(self.lock)
        self.running = set()
        self.host_calls = {}
        self.next_host_call = 1
        self.warned = set()
        self.send_log = None

    # --- frames

    def serve(self):
        """Returns the process's exit code."""
        try:
            for frame in self.reader:
                if frame.kind == frames.INVOKE:
                    self.invoke(frame)
                elif frame.kind == frames.SHUTDOWN or frame.kind == frames.UNLOAD:
                    return self.drain()
                else:
                    self.control(frame)
        except frames.FrameError as error:
            print(f"worker: the supervisor sent nonsense: {error}", file=sys.__stderr__)
            return self.leave(70)
        return self.leave(0)

    def control(self, frame):
        if frame.kind == frames.HELLO:
            if frame.head.get("version") != frames.VERSION:
                self.leave(65)
            engine = f"{platform.python_implementation()} {platform.python_version()}"
            self.out.frame(frames.HELLO, 0, 0, {"version": frames.VERSION, "pid": os.getpid(), "engine": engine})
        elif frame.kind == frames.LOAD:
            self.load(frame.function, frame.head)
        elif frame.kind == frames.PING:
            state = {"awake": int(self.handler is not None), "calls": len(self.running), "heap_bytes": 0}
            self.out.frame(frames.PONG, frame.function, frame.call, state)
        elif frame.kind == frames.HOST_REPLY:
            head = frame.head
            with self.lock:
                waiting = self.host_calls.pop(head["c"], None)
            if waiting is not None:
                waiting.append(Publisher(head["s"], head.get("error") or "OK", frame.body.decode("utf-8", "replace")))
                waiting[0].set()
        elif frame.kind == frames.CANCEL:
            with self.lock:
                self.running.discard(frame.call)
        elif frame.kind not in (frames.CREDIT, frames.BODY_CHUNK, frames.END):
            raise frames.FrameError(f"frame kind {frame.kind} is not for a worker")

    def drain(self):
        """Lets the calls in flight finish; frames that they wait for are still read."""
        threading.Thread(target=self._read_on, daemon=True).start()
        limit = time.monotonic() + DRAIN_LIMIT
        with self.idle:
            while self.running and time.monotonic() < limit:
                self.idle.wait(limit - time.monotonic())
        return self.leave(0)

    def _read_on(self):
        for frame in self.reader:
            if frame.kind == frames.INVOKE:
                self.invoke(frame)
            elif frame.kind not in (frames.SHUTDOWN, frames.UNLOAD):
                self.control(frame)

    def leave(self, code):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
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
        os.environ.update(head.get("env", {}))
        for place in reversed([p for p in head.get("env", {}).get("PYTHONPATH", "").split(os.pathsep) if p]):
            sys.path.insert(0, place)
        self.send_log = logs.sender(self.out, function)
        logs.capture(self.send_log)
        threads = int(os.environ.get("SERVER_NUMTHREADS") or os.environ.get("CHERRYPY_NUMTHREADS") or 50)
        self.pool = ThreadPoolExecutor(max_workers=max(1, threads), thread_name_prefix="call")
        try:
            os.chdir(self.folder)
            self.handler = handler.load(self.folder, head["entry"], head["export"])
        except BaseException as error:  # noqa: BLE001 a module may even raise SystemExit
            self.failure = handler.source_error(error, self.folder)
        self.loaded(function, begun, self.failure)

    def loaded(self, function, begun, error=None):
        head = {"took_ms": (time.perf_counter() - begun) * 1000}
        if error is not None:
            head["error"] = error
        self.out.frame(frames.LOADED, function, 0, head)

    # --- calls

    def invoke(self, frame):
        if self.handler is None:
            reason = (self.failure or {}).get("message", "it was not given")
            self.fail(frame.call, "not-loaded", f"the function could not be loaded: {reason}")
            return
        with self.lock:
            self.running.add(frame.call)
        self.pool.submit(self.run, Call(self, frame.call, frame.head, frame.body))

    def run(self, call):
        logs.set_current(call.number)
        try:
            head, body = self.outcome(call)
        except event.BadBody as error:
            head, body = {"r": "failed", "e": {"kind": "bad-body", "message": str(error)}}, b""
        except BaseException as error:  # noqa: BLE001 SystemExit ends a call, not the worker
            head, body = self.raised(call, error)
        sys.stdout.flush()
        sys.stderr.flush()
        logs.set_current(0)
        with self.idle:
            wanted = call.number in self.running
        if wanted:
            self.out.frame(frames.RESPOND, self.function, call.number, head, body)
        with self.idle:
            self.running.discard(call.number)
            if not self.running:
                self.idle.notify_all()

    def outcome(self, call):
        value = self.handler(event.build(call), self.context)
        if inspect.isawaitable(value):
            value = asyncio.run(_await(value))
        if answer.is_response(value):
            return answer.of_bottle(value)
        content_type = answer.with_content_type(value)
        kind, body = answer.plain(value)
        if content_type is None:
            return _PLAIN[kind], body
        return {"r": kind, "h": ["content-type", str(content_type)]}, body

    def raised(self, call, error):
        if answer.is_response(error):
            return answer.of_bottle(error)
        if isinstance(error, SystemExit):
            message = f"the function left with exit code {error.code}"
            self.send_log(call.number, "error", message)
            return {"r": "failed", "e": {"kind": "exited", "message": message}}, b""
        self.send_log(call.number, "error", handler.describe(error, self.folder))
        return _PLAIN["thrown"], b""

    def fail(self, number, kind, message):
        head = {"r": "failed", "e": {"kind": kind, "message": message}}
        self.out.frame(frames.RESPOND, self.function, number, head)

    # --- services

    def publish(self, call, cloudevent):
        """Asks the platform to publish; raises where it refuses."""
        done = threading.Event()
        waiting = [done]
        with self.lock:
            number = self.next_host_call
            self.next_host_call += 1
            self.host_calls[number] = waiting
        body = json.dumps(cloudevent, ensure_ascii=False).encode("utf-8", "surrogatepass")
        self.out.frame(frames.HOST_CALL, self.function, call.number, {"c": number, "op": "events.publish"}, body)
        if not done.wait(HOST_CALL_LIMIT):
            with self.lock:
                self.host_calls.pop(number, None)
            raise TimeoutError(f"emitCloudEvent: no answer within {HOST_CALL_LIMIT} s")
        published = waiting[1]
        if not published.ok or published.reason != "OK":
            raise RuntimeError(f"emitCloudEvent: {published.reason}")
        return published

    def deprecated(self, old, instead):
        if old not in self.warned:
            self.warned.add(old)
            self.send_log(logs.current(), "warn", f"event.{old} is deprecated: use event.{instead}")


async def _await(value):
    return await value
