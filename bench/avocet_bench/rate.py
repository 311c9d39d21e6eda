"""Requests per second of functions."""
import contextlib

from .base import HERE, NotMeasured
from .load import Sink, alternate, wrk
from .processes import Avocet, peer, platform
from .report import absent, field, guarded, missing, ratio, row, table, verdict

EXPRESS = "Express + OpenTelemetry"
SPANS = ", spans on"
NODE, PYTHON = "Avocet, function on Node.js", "Avocet, function on Python"
CHEROOT = "bottle + cheroot"
SUFFIX = {"Avocet": "", NODE: "-node", NODE + SPANS: "-node", PYTHON: "-python",
          PYTHON + SPANS: "-python"}


def measure(quick):
    """{(server, function): Figures or NotMeasured}"""
    results = {}
    for function in ("text", "order"):
        with contextlib.ExitStack() as stack:
            sink = guarded(stack.enter_context, Sink())
            loads = {}
            servers = servers_of(function, sink)
            for name in servers:
                path = f"/default/{function}{SUFFIX[name]}/" if name in SUFFIX else "/"
                loads[name] = lambda server, seconds, path=path: wrk(
                    server.port, path, function == "order", seconds=seconds)
            found = alternate(function, servers, loads, 1 if quick else 3, 3)
        results.update({(name, function): figures for name, figures in found.items()})
    return results


def servers_of(function, sink):
    """What runs: each exporter of spans sends them to the same collector."""
    def collector():
        if isinstance(sink, NotMeasured):
            raise sink
        return sink.env
    return {
        "Avocet": lambda: Avocet([HERE / "functions"], path=f"/default/{function}/healthz"),
        "node:http": lambda: peer("node-http.js", function),
        EXPRESS: lambda: peer("reference.js", function),
        EXPRESS + SPANS: lambda: peer("reference.js", function, {"SPANS": "1", **collector()}),
        NODE: lambda: platform(function),
        NODE + SPANS: lambda: platform(function, collector()),
        PYTHON: lambda: platform(function),
        PYTHON + SPANS: lambda: platform(function, collector()),
        CHEROOT: lambda: peer("python/server.py", function),
        CHEROOT + SPANS: lambda: peer("python/server.py", function, {"SPANS": "1", **collector()}),
    }


def cells(figures):
    if missing(figures) is not False:
        return [absent(figures), "–", "–"]
    return [f"{figures.rate:,.0f}", f"{figures.p50:.2f}", f"{figures.p99:.2f}"]


RATIOS = (
    ("Avocet", "node:http", 0.85, 0.8),
    ("Avocet", EXPRESS, 5.5, 7),
    (NODE, EXPRESS, 5, 7),
    (NODE + SPANS, EXPRESS + SPANS, 5, 7),
    (PYTHON, CHEROOT, 5, 5),
    (PYTHON + SPANS, CHEROOT + SPANS, 5, 5),
)


def report(results):
    lines = ["## Requests per second", "",
             "64 connections, the whole server on one core, the load generator on the other; "
             "median of the rounds. Where spans are on, each request's span goes to a collector beside "
             "the load generator.", "",
             *table("server", "text, /s", "p50 ms", "p99 ms", "CloudEvent, /s", "p50 ms", "p99 ms")]
    for name in dict.fromkeys(name for name, _ in results):
        lines.append(row(name, *cells(results[name, "text"]), *cells(results[name, "order"])))
    lines += ["", *table("ratio", "text", "CloudEvent")]
    for name, other, *wanted in RATIOS:
        found = [ratio(field(results[name, function], "rate"), field(results[other, function], "rate"), goal)
                 for function, goal in zip(("text", "order"), wanted)]
        lines.append(row(f"{name} ÷ {other}", *found))
    found = []
    for function in ("text", "order"):
        ours, theirs = results["Avocet", function], results["node:http", function]
        gap = missing(ours, theirs)
        found.append(absent(gap) if gap is not False else verdict(
            f"{ours.p99:.2f} ms against {theirs.p99:.2f} ms", "no worse", ours.p99 <= theirs.p99))
    lines.append(row("p99, Avocet against node:http", *found))
    return lines
