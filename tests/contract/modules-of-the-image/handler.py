# Packages that a cluster's image has beside a function are there without being declared.
import bottle
import flask
import prometheus_client
import requests
from cloudevents.http import CloudEvent
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.trace import StatusCode


def main(event, context):
    with event.tracer.start_as_current_span("work") as span:
        span.set_status(StatusCode.OK)
    made = CloudEvent({"type": "t", "source": "/s"}, {})
    there = [bottle.request, flask.Flask, prometheus_client.Counter, RequestsInstrumentor]
    kinds = ["function" if callable(requests.get) else "?", "function" if all(there) is not None else "?"]
    return [*kinds, made["specversion"], StatusCode.OK.value]
