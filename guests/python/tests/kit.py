"""Starts the worker as the supervisor does and speaks frames to it."""

import os
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from avocet_guest import frames  # noqa: E402


class Sender(frames.Writer):
    """Sends each frame at once."""

    def frame(self, *args):
        super().frame(*args)
        self.flush()


class Worker:
    """A worker process with one function of the given source."""

    def __init__(self, source, env=None, runtime="python312", prefix=(), files=None, limit=1):
        self.folder = tempfile.TemporaryDirectory()
        for name, text in {"handler.py": source, **(files or {})}.items():
            with open(os.path.join(self.folder.name, name), "w", encoding="utf-8") as file:
                file.write(text)
        near, far = socket.socketpair()
        near.settimeout(30)
        self.child = subprocess.Popen([*prefix, sys.executable, os.path.join(HERE, "..", "worker.py")], stdin=far)
        far.close()
        self.socket = near
        self.out = Sender(near)
        self.frames = iter(frames.Reader(near))
        self.seen = []
        self.number = 0
        self.out.frame(frames.HELLO, 0, 0, {"version": frames.VERSION})
        self.out.frame(frames.LOAD, 1, 0, {
            "name": "test", "namespace": "default", "revision": 1, "runtime": runtime, "entry": "handler.py",
            "export": "main", "files": [], "dir": self.folder.name, "env": env or {},
            "context": {"body-size-limit": limit, "function-name": "test", "timeout": 180, "runtime": "python312", "memory-limit": "200Mi"},
        })
        self.loaded = self.next(lambda f: f.kind == frames.LOADED).head

    def next(self, wanted):
        for at, frame in enumerate(self.seen):
            if wanted(frame):
                return self.seen.pop(at)
        for frame in self.frames:
            if wanted(frame):
                return frame
            self.seen.append(frame)
        raise AssertionError("the worker ended")

    def invoke(self, url="/", method="GET", headers=(), kind="none", body=b"", trace=None):
        """Sends a call; returns its number. `trace`: what the supervisor makes of the headers."""
        self.number += 1
        head = {"m": method, "u": url, "h": list(headers), "k": kind, "ip": "127.0.0.1"}
        if trace is not None:
            head["t"] = trace
        self.out.frame(frames.INVOKE, 1, self.number, head, body)
        return self.number

    def upload(self, number, length, end=None):
        """Sends a body as the supervisor does: within the window, and with credit. `end`: why it breaks off."""
        room = frames.CREDIT_WINDOW
        while length:
            count = min(length, room, 50_000)
            if count:
                self.out.frame(frames.BODY_CHUNK, 1, number, b"", b"y" * count)
                room, length = room - count, length - count
            else:
                credit = self.next(lambda f: f.kind == frames.CREDIT and f.call == number)
                room += credit.head["n"]
                assert room <= frames.CREDIT_WINDOW
        self.out.frame(frames.END, 1, number, b"" if end is None else {"kind": "bad-body", "message": end})

    def answer(self, number):
        frame = self.next(lambda f: f.kind == frames.RESPOND and f.call == number)
        answer, parts = frame.head, [frame.body]
        while answer.get("more"):
            frame = self.next(lambda f: f.kind in (frames.RESPOND_CHUNK, frames.END) and f.call == number)
            if frame.kind == frames.END:
                answer.update(more=False, broken=frame.head)
                break
            parts.append(frame.body)
            self.out.frame(frames.CREDIT, 1, number, {"n": len(frame.body)})
        return {**answer, "body": b"".join(parts).decode()}

    def call(self, **request):
        return self.answer(self.invoke(**request))

    def log(self, part):
        frame = self.next(lambda f: f.kind == frames.LOG and part in f.body.decode())
        return {**frame.head, "call": frame.call, "text": frame.body.decode()}

    def send(self, kind, function, call, head):
        self.out.frame(kind, function, call, head)

    def ping(self):
        self.out.frame(frames.PING, 0, 0, {})
        return self.next(lambda f: f.kind == frames.PONG).head

    def end(self):
        """The process's exit code, once it has ended by itself."""
        return self.child.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.child.wait(30)
        self.folder.cleanup()
