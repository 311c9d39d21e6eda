"""event.tracer, the span of the invocation, and the context that comes in and goes out."""

import http.server
import json
import os
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from kit import Worker, frames  # noqa: E402

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TRACEPARENT = ("traceparent", f"00-{TRACE}-{PARENT}-01")
SCOPE = "io.kyma-project.serverless"

SOURCE = """
import json, os, urllib.request
def get():
    with urllib.request.urlopen(os.environ["TARGET"]) as answer:
        return json.load(answer)
def plain(event):
    return "x"
def work(event):
    from opentelemetry import trace
    with event.tracer.start_as_current_span("outer", attributes={"a": "x", "n": 1, "f": 1.5, "b": True}) as outer:
        trace.get_tracer("mine").start_span("inner").end()
        outer.add_event("e1", {"k": 1})
        sent = get()
    trace.get_current_span().set_attribute("mine", 7)
    return sent
def fetch(event):
    return get()
def fail(event):
    raise ValueError("no")
def main(event, context):
    return globals()[event["extensions"]["request"].path[1:]](event)
"""


class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        body = json.dumps({k.lower(): v for k, v in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Tracing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.echo = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        threading.Thread(target=cls.echo.serve_forever, daemon=True).start()
        cls.target = target = f"http://127.0.0.1:{cls.echo.server_port}/"
        cls.worker = Worker(SOURCE, {"TRACE_COLLECTOR_ENDPOINT": "http://127.0.0.1:9/", "TARGET": target})

    @classmethod
    def tearDownClass(cls):
        cls.worker.__exit__()
        cls.echo.shutdown()
        cls.echo.server_close()

    def traced(self, path, *headers):
        """The answer and the spans of a call, the server's last."""
        number = self.worker.invoke(url=path, headers=headers)
        answer = self.worker.answer(number)
        spans = []
        while not spans or spans[-1]["kind"] != 2:
            spans.append(self.worker.next(lambda f: f.kind == frames.SPAN and f.call == number).head)
        return answer, spans

    def test_one_span_for_each_invocation(self):
        for path, status in (("/plain", 200), ("/fail", 500)):
            _, (span,) = self.traced(path)
            self.assertEqual((span["name"], span["scope"]), ("GET test", SCOPE))
            self.assertEqual(span["attributes"], [{"key": "http.response.status_code", "value": {"intValue": status}}])
            self.assertNotIn("parentSpanId", span)

    def test_parents(self):
        b3 = ("x-b3-traceid", TRACE, "x-b3-spanid", PARENT, "x-b3-sampled", "1")
        for headers in (TRACEPARENT, ("b3", f"{TRACE}-{PARENT}-1"), b3):
            _, (span,) = self.traced("/plain", *headers)
            self.assertEqual((span["traceId"], span["parentSpanId"]), (TRACE, PARENT))

    def test_spans_of_the_function_and_requests_inside(self):
        answer, spans = self.traced("/work", *TRACEPARENT)
        inner, outer, server = spans
        self.assertEqual([s["name"] for s in spans], ["inner", "outer", "GET test"])
        self.assertEqual([s["scope"] for s in spans], ["mine", SCOPE, SCOPE])
        self.assertEqual((inner["parentSpanId"], outer["parentSpanId"]), (outer["spanId"], server["spanId"]))
        self.assertEqual(outer["attributes"][:2], [{"key": "a", "value": {"stringValue": "x"}}, {"key": "n", "value": {"intValue": 1}}])
        self.assertEqual(server["attributes"][1], {"key": "mine", "value": {"intValue": 7}})
        sent = json.loads(answer["body"])
        self.assertEqual(sent["traceparent"], f"00-{TRACE}-{outer['spanId']}-01")
        self.assertEqual((sent["x-b3-traceid"], sent["x-b3-spanid"], sent["x-b3-sampled"]), (TRACE, outer["spanId"], "1"))

    def test_requests_carry_the_context(self):
        answer, spans = self.traced("/fetch", *TRACEPARENT, "tracestate", "a=b", "baggage", "user=ada")
        sent = json.loads(answer["body"])
        self.assertEqual((sent["traceparent"], sent["tracestate"], sent["baggage"]),
                         (f"00-{TRACE}-{spans[-1]['spanId']}-01", "a=b", "user=ada"))

    def test_an_unsampled_caller_makes_no_spans(self):
        sent = json.loads(self.worker.call(url="/fetch", headers=("traceparent", f"00-{TRACE}-{PARENT}-00"))["body"])
        self.assertTrue(sent["traceparent"].startswith(f"00-{TRACE}-") and sent["traceparent"].endswith("-00"))
        self.assertFalse([f for f in self.worker.seen if f.kind == frames.SPAN])

    def test_requests_carries_the_context(self):
        source = """
import os, requests
def main(event, context):
    return requests.get(os.environ["TARGET"]).json()
"""
        env = {"TARGET": self.target, "PYTHONPATH": os.path.join(HERE, "packages", "site")}
        with Worker(source, env=env) as worker:
            self.assertNotIn("error", worker.loaded)
            got = json.loads(worker.call(headers=["b3", f"{TRACE}-{PARENT}-1"])["body"])
            self.assertRegex(got["traceparent"], f"^00-{TRACE}-[0-9a-f]{{16}}-01$")
            self.assertEqual([got["x-b3-traceid"], got["x-b3-sampled"]], [TRACE, "1"])


if __name__ == "__main__":
    unittest.main()
