"""Drives the worker alone over its socket, 64 calls outstanding, the worker pinned to one core.

    python bench.py [case…]

Prints processor time of the worker per call (all its threads), the rate, and its memory.
"""

import json
import os
import struct
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "tests"))

from kit import Worker, frames  # noqa: E402

OUTSTANDING = 64
SECONDS = 3
CORE = os.environ.get("BENCH_CORE", "1")

BROWSER = ["host", "orders.local:8080", "user-agent", "bench/1.0", "accept", "*/*"]
EVENT = [*BROWSER, "content-type", "application/json", "content-length", "126", "ce-id", "A234-1234-1234", "ce-type",
         "order.created.v1", "ce-source", "/shop/orders", "ce-specversion", "1.0", "ce-time", "2026-01-05T17:31:00Z"]
ORDER = json.dumps({"id": "o-1", "items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}], "total": 12.5, "customer": "c-17"}).encode()
SPANS = {"TRACE_COLLECTOR_ENDPOINT": "http://127.0.0.1:9/"}

TEXT = ("def main(event, context):\n    return 'Hello World'\n", "GET", BROWSER, "none", b"")
EVENTS = ("def main(event, context):\n    return {'ok': True, 'id': event['ce-id'], 'items': len(event['data']['items'])}\n",
          "POST", EVENT, "json", ORDER)
CASES = {
    "text": (TEXT, {}),
    "event": (EVENTS, {}),
    "async text": (("async " + TEXT[0], *TEXT[1:]), {}),
    "request": (("def main(event, context):\n    return event['extensions']['request'].query.id\n", *TEXT[1:]), {}),
    "spans: text": (TEXT, SPANS),
    "spans: event": (EVENTS, SPANS),
}


def processor_time(pid):
    """Nanoseconds that all threads of `pid` ran."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def invoke_frame(method, headers, kind, body):
    head = json.dumps({"m": method, "u": "/?id=42", "h": headers, "k": kind, "ip": "127.0.0.1"}, separators=(",", ":")).encode()
    length = 13 + len(head) + len(body)
    return lambda number: struct.pack("<IBIII", length, frames.INVOKE, number, 1, len(head)) + head + body


def measure(name, source, method, headers, kind, body, env):
    begun = time.perf_counter()
    with Worker(source, env, prefix=("taskset", "-c", CORE)) as worker:
        ready = (time.perf_counter() - begun) * 1000
        pid = worker.child.pid
        idle = resident_mb(pid)
        make = invoke_frame(method, headers, kind, body)
        reader = frames.Reader(worker.socket)
        worker.socket.sendall(b"".join(make(n) for n in range(1, OUTSTANDING + 1)))
        number, answers, marked = OUTSTANDING, 0, None
        begun = time.perf_counter()
        while True:
            came = 0
            frame = reader.read()
            while frame is not None:
                came += frame.kind == frames.RESPOND
                frame = reader.ready()
            answers += came
            now = time.perf_counter()
            if marked is None and now - begun > 1:
                marked = (answers, processor_time(pid), now)
            elif marked is not None and now - marked[2] > SECONDS:
                break
            if came:
                worker.socket.sendall(b"".join(make(number + n) for n in range(1, came + 1)))
                number += came
        calls = answers - marked[0]
        used = (processor_time(pid) - marked[1]) / 1000 / calls
        print(f"{name:14} {calls / (now - marked[2]):9.0f} calls/s {used:7.2f} µs/call  ready {ready:.0f} ms"
              f"  idle {idle:.1f} MB  loaded {resident_mb(pid):.1f} MB", flush=True)
        worker.child.kill()


def main():
    for name, ((source, *request), env) in CASES.items():
        if len(sys.argv) == 1 or name in sys.argv[1:]:
            measure(name, source, *request, env)


if __name__ == "__main__":
    main()
