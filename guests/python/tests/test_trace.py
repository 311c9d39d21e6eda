"""event.tracer, the span of the invocation, and the context that comes in and goes out."""

import http.server
import json
import os
import sys
import threading
import unittest
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from kit import Worker, frames  # noqa: E402

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
CALLER = {"id": TRACE, "span": PARENT, "sampled": True}
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
def attribute(event):
    from opentelemetry import trace
    trace.get_current_span().set_attribute("a", eval(event["extensions"]["request"].query["value"]))
def fetch(event):
    return get()
def fail(event):
    raise ValueError("no")
def main(event, context):
    return globals()[event["extensions"]["request"].path[1:]](event)
"""


def data(name):
    """A file of `tests/traces`."""
    with open(os.path.join(HERE, "..", "..", "..", "tests", "traces", f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)


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

    def traced(self, path, trace=None, headers=()):
        """The answer and the spans of a call, the server's last."""
        number = self.worker.invoke(url=path, trace=trace, headers=headers)
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

    def test_the_span_is_in_the_trace_that_the_platform_names_whatever_the_headers_say(self):
        for case in data("contexts"):
            with self.subTest(case["name"]):
                if case["span"] is None:
                    self.worker.call(url="/plain", trace=case["trace"], headers=case["headers"])
                    self.assertFalse([f for f in self.worker.seen if f.kind == frames.SPAN])
                    continue
                _, (span,) = self.traced("/plain", case["trace"], case["headers"])
                for field in ("parentSpanId", "traceState"):
                    self.assertEqual(span.get(field), case["span"].get(field))
                self.assertRegex(span["traceId"], case["span"].get("traceId", "^[0-9a-f]{32}$"))

    def test_the_form_of_an_attribute(self):
        for case in data("attributes"):
            if "python" in case:
                with self.subTest(case["name"]):
                    _, (span,) = self.traced("/attribute?value=" + urllib.parse.quote(case["python"]))
                    form = case["otlp"]
                    self.assertEqual(span["attributes"][1:], [] if form is None else [{"key": "a", "value": form}])
                    if form is not None:
                        self.assertEqual([type(v) for v in span["attributes"][1]["value"].values()], [type(v) for v in form.values()])

    def test_spans_of_the_function_and_requests_inside(self):
        answer, spans = self.traced("/work", CALLER)
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
        answer, spans = self.traced("/fetch", {**CALLER, "state": "a=b", "baggage": "user=ada"})
        sent = json.loads(answer["body"])
        self.assertEqual((sent["traceparent"], sent["tracestate"], sent["baggage"]),
                         (f"00-{TRACE}-{spans[-1]['spanId']}-01", "a=b", "user=ada"))

    def test_an_unsampled_caller_makes_no_spans(self):
        sent = json.loads(self.worker.call(url="/fetch", trace={**CALLER, "sampled": False})["body"])
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
            got = json.loads(worker.call(trace=CALLER)["body"])
            self.assertRegex(got["traceparent"], f"^00-{TRACE}-[0-9a-f]{{16}}-01$")
            self.assertEqual([got["x-b3-traceid"], got["x-b3-sampled"]], [TRACE, "1"])


if __name__ == "__main__":
    unittest.main()
