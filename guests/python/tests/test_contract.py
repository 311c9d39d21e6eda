"""The worker as the supervisor sees it: a process with a socket as descriptor 0, and frames."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from avocet_guest import frames  # noqa: E402


class Worker:
    """A worker process with one function of the given source."""

    def __init__(self, source, env=None):
        self.folder = tempfile.TemporaryDirectory()
        with open(os.path.join(self.folder.name, "handler.py"), "w", encoding="utf-8") as file:
            file.write(source)
        near, far = socket.socketpair()
        near.settimeout(30)
        self.child = subprocess.Popen([sys.executable, os.path.join(HERE, "..", "worker.py")], stdin=far)
        far.close()
        self.socket = near
        self.out = frames.Writer(near)
        self.frames = iter(frames.Reader(near))
        self.seen = []
        self.number = 0
        self.out.frame(frames.HELLO, 0, 0, {"version": frames.VERSION})
        self.out.frame(frames.LOAD, 1, 0, {
            "name": "test", "namespace": "default", "revision": 1, "runtime": "python312", "entry": "handler.py",
            "export": "main", "files": [], "dir": self.folder.name, "env": env or {},
            "context": {"function-name": "test", "timeout": 180, "runtime": "python312", "memory-limit": "200Mi"},
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

    def invoke(self, url="/", method="GET", headers=(), kind="none", body=b""):
        self.number += 1
        head = {"m": method, "u": url, "h": list(headers), "k": kind, "ip": "127.0.0.1"}
        self.out.frame(frames.INVOKE, 1, self.number, head, body)
        return self.number

    def answer(self, number):
        frame = self.next(lambda f: f.kind == frames.RESPOND and f.call == number)
        return {**frame.head, "body": frame.body.decode()}

    def call(self, **request):
        return self.answer(self.invoke(**request))

    def log(self, part):
        frame = self.next(lambda f: f.kind == frames.LOG and part in f.body.decode())
        return {**frame.head, "call": frame.call, "text": frame.body.decode()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.child.wait(30)
        self.folder.cleanup()


def main(body, before=""):
    return f"{before}\ndef main(event, context):\n    {body}\n"


JSON = ("content-type", "application/json")

#: name, source, request, what the answer must have
CASES = [
    ("nothing", main("return"), {}, {"r": "none", "body": ""}),
    ("string", main("return 'Hello World!'"), {}, {"r": "text", "body": "Hello World!"}),
    ("non-ASCII", main("return 'žluť 🐎'"), {}, {"r": "text", "body": "žluť 🐎"}),
    ("bytes", main("return b'abc'"), {}, {"r": "bytes", "body": "abc"}),
    ("dictionary", main("return {'foo': 'BAR'}"), {}, {"r": "json", "body": '{"foo": "BAR"}'}),
    ("zero", main("return 0"), {}, {"r": "text", "body": "0"}),
    ("false", main("return False"), {}, {"r": "text", "body": "false"}),
    ("exception", main("raise ValueError('secret')"), {}, {"r": "thrown", "body": ""}),
    ("cannot become JSON", main("return {'a': object()}"), {}, {"r": "thrown", "body": ""}),
    ("exit", main("raise SystemExit(3)"), {}, {"r": "failed"}),
    ("async", "import asyncio\nasync def main(event, context):\n    await asyncio.sleep(0)\n    return 'a'\n", {}, {"r": "text", "body": "a"}),
    ("bottle response", main("return HTTPResponse(body='no', status=404, headers={'x-a': 'b'})", "from bottle import HTTPResponse"), {},
     {"r": "response", "s": 404, "body": "no"}),
    ("raised bottle error", main("raise HTTPError(status=400, body='bad')", "from bottle import HTTPError"), {},
     {"r": "response", "s": 400, "body": "bad"}),
    ("JSON data", main("return event['data']['a'] + 1"), {"method": "POST", "headers": JSON, "kind": "json", "body": b'{"a":1}'}, {"r": "text", "body": "2"}),
    ("empty JSON", main("return event['data']"), {"method": "POST", "headers": JSON, "kind": "json"}, {"r": "json", "body": "{}"}),
    ("malformed JSON", main("return 'called'"), {"method": "POST", "headers": JSON, "kind": "json", "body": b"{"}, {"r": "failed"}),
    ("binary data", main("return str(type(event['data']).__name__)"), {"method": "POST", "kind": "binary", "body": b"\0"}, {"r": "text", "body": "bytes"}),
    ("binary event", main("return [event['ce-id'], event['ce-extra'], event['data']['n']]"),
     {"method": "POST", "headers": (*JSON, "ce-id", "7", "ce-extra", "x%20y"), "kind": "json", "body": b'{"n":1}'}, {"r": "json", "body": '["7", "x y", 1]'}),
    ("structured event", main("return [event['ce-id'], event['ce-partner'], event['data']]"),
     {"method": "POST", "kind": "event", "body": b'{"id":"7","partner":"p","datacontenttype":"text/plain","data_base64":"aGk="}'}, {"r": "json", "body": '["7", "p", "hi"]'}),
    ("request", main("r = event['extensions']['request']; return [r.method, r.path, r.query.id, r.headers['X-Y'], r.remote_addr]"),
     {"url": "/a/b?id=4", "headers": ("x-y", "z")}, {"r": "json", "body": '["GET", "/a/b", "4", "z", "127.0.0.1"]'}),
    ("picklable request", main("import pickle; return pickle.loads(pickle.dumps(event['extensions']['request'])).path"), {"url": "/p"}, {"r": "text", "body": "/p"}),
    ("context", main("return [context['function-name'], context['timeout']]"), {}, {"r": "json", "body": '["test", 180]'}),
]


class Contract(unittest.TestCase):
    """What a handler returns, sees and prints."""

    def test_cases(self):
        for name, source, request, expected in CASES:
            with self.subTest(name), Worker(source) as worker:
                self.assertNotIn("error", worker.loaded)
                found = worker.call(**request)
                self.assertEqual({k: found.get(k) for k in expected}, expected, found)

    def test_calls_run_side_by_side(self):
        source = "import threading\nboth = threading.Barrier(2, timeout=20)\n" + main("both.wait(); return 'met'")
        with Worker(source) as worker:
            one, two = worker.invoke(), worker.invoke()
            self.assertEqual([worker.answer(one)["body"], worker.answer(two)["body"]], ["met", "met"])

    def test_a_traceback_goes_to_the_log(self):
        with Worker(main("raise ValueError('boom')")) as worker:
            number = worker.invoke()
            line = worker.log("boom")
            self.assertEqual((line["call"], line["level"]), (number, "error"))
            self.assertIn('File "handler.py", line 3, in main', line["text"])

    def test_prints_carry_their_call(self):
        with Worker(main("print('Hello', 1)")) as worker:
            number = worker.invoke()
            line = worker.log("Hello")
            self.assertEqual((line["call"], line["level"], line["text"]), (number, "info", "Hello 1"))

    def test_a_syntax_error_has_its_place(self):
        with Worker("def main(event, context):\n    return )\n") as worker:
            error = worker.loaded["error"]
            self.assertEqual((error["file"], error["line"], error["column"]), ("handler.py", 2, 12))
            self.assertTrue(error["message"].startswith("SyntaxError"), error)
            self.assertEqual(worker.call()["e"]["kind"], "not-loaded")

    def test_a_missing_handler_is_named(self):
        with Worker("def other():\n    pass\n") as worker:
            self.assertEqual(worker.loaded["error"]["message"], "handler.py has no function 'main'; it has 'other'")

    def test_events_are_published_through_the_platform(self):
        with Worker(main("return event.emitCloudEvent('t', '/s', {'a': 1}).status_code")) as worker:
            number = worker.invoke()
            asked = worker.next(lambda f: f.kind == frames.HOST_CALL)
            self.assertEqual(json.loads(asked.body)["type"], "t")
            worker.out.frame(frames.HOST_REPLY, 1, number, {"c": asked.head["c"], "s": 204})
            self.assertEqual(worker.answer(number)["body"], "204")

    def test_shutdown_waits_for_calls_in_flight(self):
        source = "import threading\ngo = threading.Event()\n" + main("return 'go' if event['extensions']['request'].path == '/go' and not go.set() else (go.wait(20), 'late')[1]")
        with Worker(source) as worker:
            slow = worker.invoke()
            worker.out.frame(frames.SHUTDOWN, 0, 0)
            fast = worker.invoke(url="/go")
            self.assertEqual(worker.answer(fast)["body"], "go")
            self.assertEqual(worker.answer(slow)["body"], "late")
            self.assertEqual(worker.child.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
