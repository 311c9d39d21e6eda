"""What every subject needs: where things are, one request, figures."""
import http.client
import os
import pathlib
import socket
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent
AVOCET = os.environ.get("AVOCET", str(ROOT / "target/release/avocet"))
LOAD = os.environ.get("AVOCET_LOAD", str(ROOT / "target/bench/release/avocet-bench-load"))
SERVER_CORE, LOAD_CORE = "0", "1"
MIB = 2**20


class NotMeasured(Exception):
    """Why there is no figure: a peer that is not installed, a server that does not start."""


def note(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def request(port, path="/", method="GET", body=None, headers=None, timeout=30):
    """One request on a connection of its own; returns status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def first_line(text):
    """What a failure says, short enough for a row."""
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    return lines[0][:120] if lines else "no reason given"
