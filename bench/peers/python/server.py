"""A server of the handler contract as such servers are built on bottle: bottle on cheroot's thread
pool, each call on a thread of its own so that it can be given up after the time limit, request and
event built for every call, the return value mapped to the answer.

FUNCTION is `text` or `order`; PORT; SPANS=1 really records a span per request and exports it to
TRACE_COLLECTOR_ENDPOINT, without it nothing is sampled.
"""

import os
import queue
import threading

import bottle
from cheroot import wsgi
from opentelemetry import context, propagate, trace
from opentelemetry.propagators.b3 import B3MultiFormat
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased

TIMEOUT = 180


def text(event, context):
    return "Hello World"


def order(event, context):
    return {"ok": True, "id": event["ce-id"], "items": len(event["data"]["items"])}


spans = os.environ.get("SPANS") == "1"
provider = TracerProvider(sampler=ParentBased(ALWAYS_ON if spans else ALWAYS_OFF))
if spans:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=os.environ["TRACE_COLLECTOR_ENDPOINT"])
    provider.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(provider)
propagate.set_global_textmap(B3MultiFormat())
tracer = trace.get_tracer("functions")

handler = order if os.environ.get("FUNCTION") == "order" else text
function_context = {"function-name": "bench", "timeout": TIMEOUT, "runtime": "python312", "memory-limit": "200Mi"}
ATTRIBUTES = ("type", "source", "specversion", "id", "time", "eventtypeversion", "datacontenttype")
app = bottle.Bottle()


def build_event(request):
    event = {"extensions": {"request": request}, "tracer": tracer}
    if request.method == "POST":
        event["data"] = request.json if request.content_type.startswith("application/json") else request.body.read()
    for name in ATTRIBUTES:
        value = request.get_header(f"ce-{name}")
        if value is not None:
            event[f"ce-{name}"] = value
    return event


def run(event, carried, results):
    token = context.attach(carried)
    try:
        with tracer.start_as_current_span("userFunction", kind=trace.SpanKind.SERVER):
            results.put((True, handler(event, function_context)))
    except Exception as error:  # noqa: BLE001
        results.put((False, error))
    finally:
        context.detach(token)


@app.get("/healthz")
def healthz():
    return "OK"


@app.route("/<:re:.*>", method=["GET", "POST", "PUT", "PATCH", "DELETE"])
def call():
    request = bottle.request.copy()
    bottle.response.set_header("Access-Control-Allow-Origin", "*")
    results = queue.Queue()
    carried = propagate.extract(dict(request.headers))
    threading.Thread(target=run, args=(build_event(request), carried, results), daemon=True).start()
    try:
        done, value = results.get(timeout=TIMEOUT)
    except queue.Empty:
        return bottle.HTTPError(408, "Timeout while processing the function")
    if not done:
        return bottle.HTTPError(500, "Internal server error")
    return value


if __name__ == "__main__":
    server = wsgi.Server(("127.0.0.1", int(os.environ["PORT"])), app, numthreads=50, request_queue_size=1024)
    server.start()
