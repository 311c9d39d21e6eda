"""The worker as the supervisor sees it: a process with a socket as descriptor 0, and frames."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from kit import Worker, frames  # noqa: E402


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
    ("binary data", main("return str(type(event['data']).__name__)"), {"method": "POST", "kind": "binary", "body": b"\0"}, {"r": "text", "body": "bytes"}),
    ("binary event", main("return [event['ce-id'], event['ce-extra'], event['data']['n']]"),
     {"method": "POST", "headers": (*JSON, "ce-id", "7", "ce-extra", "x%20y"), "kind": "json", "body": b'{"n":1}'}, {"r": "json", "body": '["7", "x y", 1]'}),
    ("structured event", main("return [event['ce-id'], event['ce-partner'], event['data']]"),
     {"method": "POST", "kind": "event", "body": b'{"id":"7","partner":"p","datacontenttype":"text/plain","data_base64":"aGk="}'}, {"r": "json", "body": '["7", "p", "hi"]'}),
    ("request", main("r = event['extensions']['request']; return [r.method, r.path, r.query.id, r.headers['X-Y'], r.remote_addr]"),
     {"url": "/a/b?id=4", "headers": ("x-y", "z")}, {"r": "json", "body": '["GET", "/a/b", "4", "z", "127.0.0.1"]'}),
    ("picklable request", main("import pickle; return pickle.loads(pickle.dumps(event['extensions']['request'])).path"), {"url": "/p"}, {"r": "text", "body": "/p"}),
    ("generator", main("return HTTPResponse(part for part in ('a', b'b', '', 'c'))", "from bottle import HTTPResponse"), {}, {"r": "response", "s": 200, "body": "abc"}),
    ("bottle dictionary", main("return HTTPResponse({'a': 1}, 202)", "from bottle import HTTPResponse"), {}, {"r": "response", "s": 202, "body": '{"a": 1}'}),
    ("list of parts", main("return HTTPResponse(['a', b'b'])", "from bottle import HTTPResponse"), {}, {"body": "ab"}),
    ("large text", main("return 'ž' * 3_000_000"), {}, {"r": "text", "body": "ž" * 3_000_000}),
    ("form", main("return event['data']"), {"method": "POST", "kind": "form", "body": b"a=1&b=2&b=3"}, {"body": '{"a": "1", "b": ["2", "3"]}'}),
    ("body and form of the request", main("r = event['extensions']['request']; return [r.body.read().decode(), r.content_length]"), {"method": "POST", "kind": "text", "body": b"hey"}, {"body": '["hey", 3]'}),
    ("json of the request", main("return event['extensions']['request'].json"), {"method": "POST", "headers": JSON, "kind": "json", "body": b'{"a":1}'}, {"body": '{"a": 1}'}),
    ("no data, no attributes", main("return ['data' in event, 'ce-id' in event]"), {}, {"body": "[false, false]"}),
    ("attributes that are not there", main("return [event['ce-type'], event.get('ce-type', 'none')]"), {}, {"body": '[null, "none"]'}),
    ("escapes in the path", main("r = event['extensions']['request']; return [r.path, r.query.x, r.url]"),
     {"url": "/a%20b/%C5%BE/%FF?x=%C5%BE", "headers": ("host", "h")}, {"body": '["/a b/ž/", "ž", "http://h/a%20b/%C5%BE/?x=%C5%BE"]'}),
    ("text is in UTF-8, whatever its header says", main("return event['data']"),
     {"method": "POST", "headers": ("content-type", "text/plain; charset=iso-8859-2"), "kind": "text", "body": "žluť".encode()}, {"body": "žluť"}),
    ("bottle's global response", main("response.status = 207; response.content_type = 'text/csv'; response.set_cookie('c', 'v'); return 'a,b'", "from bottle import response"),
     {}, {"r": "text", "s": 207, "h": ["Content-Type", "text/csv", "Set-Cookie", "c=v"], "body": "a,b"}),
    ("only headers of bottle's global response", main("response.headers['X-A'] = 'b'; return {'a': 1}", "from bottle import response"),
     {}, {"r": "json", "s": 200, "h": ["X-A", "b"], "body": '{"a": 1}'}),
    ("bottle's global response is that of one call", main("return response.status_code", "from bottle import response"), {}, {"body": "200"}),
    ("data that is not there", main("return [len(event['data']), event.data.decode(), event.get('data')]"), {}, {"body": '[0, "", null]'}),
    ("generator alone", main("return (part for part in ('a', b'b', '', 'c'))"), {}, {"r": "bytes", "body": "abc"}),
    ("open file", main("import io; return io.BytesIO(b'from a file')"), {}, {"r": "bytes", "body": "from a file"}),
    ("open text file", main("import io; return io.StringIO('žluť')"), {}, {"r": "bytes", "body": "žluť"}),
    ("tracer", main("return [type(event.tracer).__name__, event['tracer'] is event.tracer]"), {}, {"body": '["Tracer", true]'}),
    ("context", main("return [context['function-name'], context['timeout']]"), {}, {"r": "json", "body": '["test", 180]'}),
]


class Contract(unittest.TestCase):
    """What a handler returns, sees and prints."""

    def test_cases(self):
        # All in one worker, one after the other: call n is for main n.
        source = "import itertools\nturn = itertools.count()\nmains = []\n"
        for _, text, _, _ in CASES:
            source += f"space = {{}}\nexec({text!r}, space)\nmains.append(space['main'])\n"
        source += "def main(event, context):\n    return mains[next(turn)](event, context)\n"
        with Worker(source) as worker:
            self.assertNotIn("error", worker.loaded)
            for name, _, request, expected in CASES:
                with self.subTest(name):
                    found = worker.call(**request)
                    self.assertEqual({k: found.get(k) for k in expected}, expected, found)

    def test_malformed_bodies_are_refused(self):
        with Worker(main("return 'called'")) as worker:
            for kind, body in (("json", b"{"), ("event", b"[1"), ("event", b'{"data_base64":"%"}')):
                found = worker.call(method="POST", kind=kind, body=body)
                self.assertEqual((found["r"], found["e"]["kind"]), ("failed", "bad-body"))

    def test_calls_run_side_by_side(self):
        source = "import threading\nboth = threading.Barrier(2, timeout=20)\n" + main("both.wait(); return 'met'")
        with Worker(source) as worker:
            one, two = worker.invoke(), worker.invoke()
            self.assertEqual([worker.answer(one)["body"], worker.answer(two)["body"]], ["met", "met"])

    def test_packages_of_the_image_are_there(self):
        names = ["bottle", "cloudevents.http", "flask", "opentelemetry.instrumentation.requests", "prometheus_client",
                 "requests", "opentelemetry.exporter.otlp.proto.http.trace_exporter"]
        with Worker("import " + ", ".join(names) + "\n" + main("return 'all'")) as worker:
            self.assertNotIn("error", worker.loaded)
            self.assertEqual(worker.call()["body"], "all")

    def test_a_bottle_of_the_functions_own_comes_first(self):
        site = os.path.join(os.path.dirname(__file__), "..", "site")
        with open(os.path.join(site, "bottle.py"), encoding="utf-8") as file:
            own = file.read().replace("__version__ = '0.13.4'", "__version__ = '0.0.1'")
        source = "import bottle\n" + main("return bottle.HTTPResponse(bottle.__version__, 201) if bottle.request.path == '/a' else '?'")
        with Worker(source, files={"bottle.py": own}) as worker:
            found = worker.call(url="/a")
            self.assertEqual((found["s"], found["body"]), (201, "0.0.1"))

    def test_what_the_function_does_at_its_end(self):
        source = """import atexit, signal
atexit.register(lambda: print("flushed"))
signal.signal(signal.SIGTERM, lambda number, frame: print("closed for", number))
def main(event, context):
    return "ok"
"""
        with Worker(source) as worker:
            self.assertEqual(worker.call()["body"], "ok")
            worker.send(frames.SHUTDOWN, 0, 0, {})
            worker.log("closed for 15")
            worker.log("flushed")
            self.assertEqual(worker.end(), 0)

    def test_work_beside_the_calls_is_told(self):
        source = """import threading
event = threading.Event()
def main(event_, context):
    threading.Thread(target=event.wait, daemon=True).start()
    return "ok"
"""
        with Worker(source) as worker:
            self.assertFalse(worker.ping()["working"])
            worker.call()
            self.assertTrue(worker.ping()["working"])
            worker.send(frames.SHUTDOWN, 0, 0, {})
            self.assertEqual(worker.log("ends with work under way: 1 thread (")["level"], "info")
            self.assertEqual(worker.end(), 0)

    def test_processes_find_the_functions_modules(self):
        source = """import multiprocessing, helper
def main(event, context):
    how = event["extensions"]["request"].path[1:]
    with multiprocessing.get_context(how).Pool(1) as pool:
        return pool.map(helper.square, [2, 3])
"""
        with Worker(source, files={"helper.py": "def square(n):\n    return n * n\n"}) as worker:
            for how in ("fork", "spawn", "forkserver"):
                with self.subTest(how):
                    self.assertEqual(worker.call(url="/" + how)["body"], "[4, 9]")

    def test_a_traceback_goes_to_the_log(self):
        with Worker(main("raise ValueError('boom')")) as worker:
            number = worker.invoke()
            line = worker.log("boom")
            self.assertEqual((line["call"], line["level"]), (number, "error"))
            self.assertIn('File "handler.py", line 3, in main', line["text"])

    def test_a_value_that_is_no_json_is_told_in_one_line(self):
        with Worker(main("return {1, 2}")) as worker:
            worker.invoke()
            self.assertEqual(worker.log("JSON")["text"],
                             "TypeError: what the function returned cannot become JSON: Object of type set is not JSON serializable")

    def test_prints_carry_their_call(self):
        with Worker(main("print('Hello', 1)")) as worker:
            number = worker.invoke()
            line = worker.log("Hello")
            self.assertEqual((line["call"], line["level"], line["text"]), (number, "info", "Hello 1"))

    def test_standard_streams_are_complete(self):
        source = main("sys.stdout.buffer.write('ž'.encode()); sys.stdout.buffer.write(b'!\\n'); sys.stdout.reconfigure(line_buffering=True)\n"
                      "    print('wrapped', file=io.TextIOWrapper(sys.stderr.buffer, 'utf-8', line_buffering=True))\n"
                      "    return [sys.stdout.fileno(), sys.stderr.fileno(), sys.stdout.isatty()]", "import io, sys")
        with Worker(source) as worker:
            number = worker.invoke()
            lines = [worker.log("ž!"), worker.log("wrapped")]
            self.assertEqual([(line["call"], line["level"], line["text"]) for line in lines], [(number, "info", "ž!"), (number, "error", "wrapped")])
            self.assertEqual(worker.answer(number)["body"], "[1, 2, false]")

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

    def test_slow_calls_do_not_hold_quick_ones(self):
        source = "import threading\ngo = threading.Event()\n" + main(
            "return 'went' if event['extensions']['request'].path == '/go' and not go.set() else str(go.wait(20))")
        with Worker(source, {"SERVER_NUMTHREADS": "3"}) as worker:
            slow = [worker.invoke() for _ in range(2)]
            self.assertEqual(worker.call(url="/go")["body"], "went")
            self.assertEqual([worker.answer(one)["body"] for one in slow], ["True", "True"])

    def test_threads_are_bounded_and_pings_answered_meanwhile(self):
        source = "import threading\ngo = threading.Event()\n" + main("print('in'); return str(go.wait(20))")
        with Worker(source + "    go\n", {"SERVER_NUMTHREADS": "2"}) as worker:
            for _ in range(5):
                worker.invoke()
            for _ in range(2):
                worker.log("in")
            worker.out.frame(frames.PING, 0, 0)
            state = worker.next(lambda f: f.kind == frames.PONG).head
            self.assertEqual((state["awake"], state["calls"]), (1, 2))
            worker.out.frame(frames.CANCEL, 1, 1)
            worker.out.frame(frames.PING, 0, 0)
            self.assertEqual(worker.next(lambda f: f.kind == frames.PONG).head["calls"], 2)
            worker.child.kill()

    def test_coroutines_share_one_loop(self):
        source = """
import asyncio
turn = None
async def main(event, context):
    global turn
    if turn is None:
        turn = asyncio.get_running_loop().create_future()
        print("waiting")
        return await turn
    turn.set_result("from the other")
    raise SystemExit(2)
"""
        with Worker(source) as worker:
            one = worker.invoke()
            self.assertEqual(worker.log("waiting")["call"], one)
            self.assertEqual(worker.call()["e"]["kind"], "exited")
            self.assertEqual(worker.answer(one)["body"], "from the other")

    def test_streams_keep_to_the_credit(self):
        source = main("return HTTPResponse(b'x' * 100_000 for _ in range(10))", "from bottle import HTTPResponse")
        with Worker(source) as worker:
            number = worker.invoke()
            had = 0
            while had < frames.CREDIT_WINDOW:
                had += len(worker.next(lambda f: f.kind == frames.RESPOND_CHUNK).body)
            self.assertEqual(had, frames.CREDIT_WINDOW)
            worker.out.frame(frames.PING, 0, 0)
            worker.next(lambda f: f.kind == frames.PONG)
            self.assertFalse([f for f in worker.seen if f.kind == frames.RESPOND_CHUNK])
            worker.out.frame(frames.CREDIT, 1, number, {"n": 2_000_000})
            while had < 1_000_000:
                had += len(worker.next(lambda f: f.kind == frames.RESPOND_CHUNK).body)
            self.assertFalse(worker.next(lambda f: f.kind == frames.END).raw_head)

    def test_a_failing_stream_is_broken_off(self):
        source = "from bottle import HTTPResponse\ndef parts():\n    yield 'a'\n    raise ValueError('late')\n" + main("return HTTPResponse(parts())")
        with Worker(source) as worker:
            self.assertEqual(worker.call()["broken"]["kind"], "internal")
            self.assertIn("late", worker.log("late")["text"])

    def test_a_request_is_read_while_it_comes(self):
        readers = {
            "parts": "n = 0\nwhile True:\n    part = request.body.read(65536)\n    if not part: break\n    n += len(part)\nreturn [n, 'data' in event]",
            "all": "return [len(request.body.read()), 'data' in event]",
            "wsgi.input": "return [len(request.environ['wsgi.input'].read()), 'data' in event]",
            "lines": "return [sum(map(len, request.body)), 'data' in event]",
        }
        for name, code in readers.items():
            code = "request = event['extensions']['request']\n" + code
            # There is no limit where bodies are streams.
            with self.subTest(name), Worker(main(code.replace("\n", "\n    ")), limit=None) as worker:
                self.assertNotIn("error", worker.loaded)
                for headers in (("content-length", "2000003"), ("transfer-encoding", "chunked")):
                    number = worker.invoke(method="POST", kind="stream", headers=headers)
                    worker.upload(number, 2_000_003)
                    self.assertEqual(worker.answer(number)["body"], "[2000003, false]")

    def test_a_chunked_body_that_came_whole_is_what_it_was(self):
        with Worker(main("return event['extensions']['request'].body.read()")) as worker:
            headers = ("transfer-encoding", "chunked", "content-type", "a/b")
            self.assertEqual(worker.call(method="POST", kind="binary", headers=headers, body=b"whole")["body"], "whole")

    def test_flask_reads_a_request_while_it_comes(self):
        source = """
from flask import request
def main():
    total = 0
    while part := request.stream.read(65536):
        total += len(part)
    return str(total)
"""
        with Worker(source, runtime="python314") as worker:
            for headers in (("content-length", "2000003"), ("transfer-encoding", "chunked")):
                number = worker.invoke(method="POST", kind="stream", headers=headers)
                worker.upload(number, 2_000_003)
                self.assertEqual(worker.answer(number)["body"], "2000003")

    def test_a_request_that_nobody_reads_gets_no_credit(self):
        with Worker(main("return 'unread'")) as worker:
            number = worker.invoke(method="POST", kind="stream")
            worker.upload(number, frames.CREDIT_WINDOW)
            self.assertEqual(worker.answer(number)["body"], "unread")
            self.assertEqual(worker.call(method="POST", kind="text", body=b"x")["body"], "unread")
            self.assertFalse([f for f in worker.seen if f.kind == frames.CREDIT])

    def test_a_request_that_breaks_off_or_is_read_too_late_is_an_error(self):
        code = """
import threading
body = event['extensions']['request'].body
def read():
    try:
        body.read()
    except ConnectionResetError as error:
        print(error)
        return str(error)
if event['extensions']['request'].path == '/':
    return read()
threading.Thread(target=read).start()
return 'answered'
"""
        with Worker(main(code.strip().replace("\n", "\n    "))) as worker:
            number = worker.invoke(method="POST", kind="stream")
            worker.upload(number, 10, "the caller left")
            self.assertEqual(worker.answer(number)["body"], "the caller left")
            number = worker.invoke(method="POST", url="/late", kind="stream")
            self.assertEqual(worker.answer(number)["body"], "answered")
            worker.log("the call was answered before its body was read")

    def test_deprecated_methods_warn_once(self):
        with Worker(main("return event.buildResponseCloudEvent('7', 'made', {'ok': 1})")) as worker:
            for _ in range(2):
                self.assertIn('"id": "7"', worker.call()["body"])
            told = [f.body.decode() for f in worker.seen if f.kind == frames.LOG]
            self.assertEqual(told, ["event.buildResponseCloudEvent is deprecated: use event.emitCloudEvent"])

    def test_flask(self):
        source = """
import flask
from flask import request, abort, Response
import os, sdk
os.mkdir("templates")
with open("templates/page.html", "w") as page:
    page.write("Hello {{ name }}")
def main():
    if request.path == "/none":
        return
    if request.path == "/abort":
        abort(418)
    if request.path == "/after":
        @flask.after_this_request
        def mark(response):
            response.headers["X-After"] = "yes"
            return response
        return flask.render_template("page.html", name="<Ada>")
    if request.path == "/broken":
        return Response(1 / 0 for _ in "x")
    if request.path == "/stream":
        return Response((c for c in ("a", "b")), 201, {"X-A": "b"})
    event = sdk.get_cloud_event(request)
    if event:
        return [event.get_id(), event.get_type(), event.get_data()["n"]]
    return {"name": sdk.get_function_name(), "timeout": sdk.get_timeout(), "q": request.args.get("q")}
"""
        headers = (*JSON, "ce-id", "7", "ce-type", "t", "ce-source", "/s", "ce-specversion", "1.0")
        with Worker(source, runtime="python314") as worker:
            self.assertNotIn("error", worker.loaded)
            self.assertEqual(worker.call(url="/none")["r"], "none")
            self.assertEqual(worker.call(url="/abort")["s"], 418)
            found = worker.call(url="/after")
            self.assertEqual(found["body"], "Hello &lt;Ada&gt;")
            self.assertIn("X-After", found["h"])
            self.assertEqual(worker.call(url="/broken")["r"], "thrown")
            found = worker.call(url="/stream")
            self.assertEqual((found["s"], found["body"], found["h"][:2]), (201, "ab", ["X-A", "b"]))
            self.assertEqual(json.loads(worker.call(url="/?q=1")["body"]), {"name": "test", "timeout": 180, "q": "1"})
            found = worker.call(url="/", method="POST", headers=headers, kind="json", body=b'{"n":1}')
            self.assertEqual(json.loads(found["body"]), ["7", "t", 1])
            self.assertEqual(worker.call(method="POST", headers=JSON, kind="json", body=b"{")["e"]["kind"], "bad-body")

    def test_the_logger_of_flask_reaches_the_log(self):
        source = "from flask import current_app\ndef main():\n    current_app.logger.warning('from %s', 'Flask')\n    return ''\n"
        with Worker(source, runtime="python314") as worker:
            number = worker.invoke()
            line = worker.log("from Flask")
            self.assertEqual((line["call"], line["level"]), (number, "error"))

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
