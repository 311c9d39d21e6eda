#!/usr/bin/env python3
"""Measures Avocet beside its peers in one run on this machine and writes docs/benchmarks.md.

    make bench                        everything (about 5 minutes)
    python3 bench/run.py rate         only one part: rate, start, memory, cost
    python3 bench/run.py --quick      short rounds, for a look; writes nothing

Servers are pinned to core 0 (the whole platform: gateway and worker), the load generator to core 1.
Rounds of the servers alternate, so that a slow moment of the machine hits all of them; the figure is
the median of the rounds.
"""
import argparse
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
AVOCET = os.environ.get("AVOCET", str(ROOT / "target/release/avocet"))
SERVER_CORE, LOAD_CORE = "0", "1"


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


class Process:
    """A server on the server core, ended with everything that it started."""

    def __init__(self, arguments, port, path, env=None, pin=True):
        self.port, self.path = port, path
        self.log = tempfile.TemporaryFile()
        command = (["taskset", "-c", SERVER_CORE] if pin else []) + arguments
        self.started = time.perf_counter()
        self.child = subprocess.Popen(
            command, env={**os.environ, **(env or {})}, stdout=self.log, stderr=self.log,
            start_new_session=True)

    def wait_ready(self, limit=60):
        """Milliseconds from the start of the process to its first answer on `path`."""
        deadline = self.started + limit
        while time.perf_counter() < deadline:
            if self.child.poll() is not None:
                break
            try:
                status, _ = request(self.port, self.path, timeout=5)
                if status == 200:
                    return (time.perf_counter() - self.started) * 1000
            except OSError:
                pass
            time.sleep(0.001)
        self.log.seek(0)
        raise SystemExit(f"{self.child.args}: not ready; it said:\n{self.log.read().decode()}")

    def tree(self):
        """Process ids of the server and its children."""
        pids, queue = [], [self.child.pid]
        while queue:
            pid = queue.pop()
            pids.append(pid)
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    queue += map(int, pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        return pids

    def memory(self):
        """Proportional resident memory of the whole tree, bytes: shared pages are counted once."""
        total = 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1]) * 1024
        return total

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGTERM)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()


class Avocet(Process):
    """`avocet serve` with a data folder of its own, or the given one."""

    def __init__(self, paths=(), data=None, pin=True, path="/healthz"):
        self.folder = None
        if data is None:
            self.folder = tempfile.TemporaryDirectory()
            data = self.folder.name
        port, self.admin = free_port(), free_port()
        super().__init__(
            [AVOCET, "serve", *map(str, paths), "--data", str(data),
             "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{self.admin}"],
            port, path, pin=pin)

    def deploy(self, path):
        done = subprocess.run(
            [AVOCET, "deploy", "-f", str(path), "--server", f"http://127.0.0.1:{self.admin}"],
            capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"deploy failed:\n{done.stdout}{done.stderr}")

    def __exit__(self, *exception):
        super().__exit__(*exception)
        if self.folder:
            self.folder.cleanup()


def peer(script, function, spans=False):
    port = free_port()
    env = {"PORT": str(port), "FUNCTION": function, "SPANS": "1" if spans else "0",
           "PYTHONPATH": str(HERE / "peers/python/site")}
    path = "/" if function == "text" or script == "node-http.js" else "/healthz"
    program = sys.executable if script.endswith(".py") else "node"
    return Process([program, str(HERE / "peers" / script)], port, path, env)


def evented():
    """The evented API's hello world, a process of its own."""
    port = free_port()
    return Process([AVOCET, str(HERE / "scripts/hello.js"), str(port)], port, "/")


# --- rate -------------------------------------------------------------------------------------

def wrk(port, path, order, seconds):
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", "-c64", f"-d{seconds}s", "--latency"]
    if order:
        command += ["-s", str(HERE / "order.lua")]
    text = subprocess.run(command + [f"http://127.0.0.1:{port}{path}"],
                          capture_output=True, text=True, check=True).stdout
    if re.search(r"Non-2xx|Socket errors", text):
        raise SystemExit(f"the server failed requests:\n{text}")

    def ms(percentile):
        value, unit = re.search(rf"^\s+{percentile}%\s+([\d.]+)(us|ms|s)$", text, re.M).groups()
        return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), ms(50), ms(99)


def rate(rounds, seconds):
    """Requests per second at 64 connections: {(server, function): (rate, p50, p99)}."""
    results = {}
    for function in ("text", "order"):
        order = function == "order"
        platform = lambda: Avocet([HERE / "functions", HERE / "processes"], path=f"/default/{function}/healthz")
        servers = {
            "Avocet": lambda: Avocet([HERE / "functions"], path=f"/default/{function}/healthz"),
            "node:http": lambda: peer("node-http.js", function),
            "Express + OpenTelemetry": lambda: peer("reference.js", function),
            "Express + OpenTelemetry, spans on": lambda: peer("reference.js", function, True),
            "Avocet, function on Node.js": platform,
            "Avocet, function on Python": platform,
            "bottle + cheroot": lambda: peer("python/server.py", function),
        }
        if not order:
            servers["Avocet, evented script"] = evented
        paths = {name: f"/default/{function}{suffix}/" for name, suffix in (
            ("Avocet", ""), ("Avocet, function on Node.js", "-node"), ("Avocet, function on Python", "-python"))}
        seen = {name: [] for name in servers}
        with contextlib.ExitStack() as stack:
            running = {name: stack.enter_context(start()) for name, start in servers.items()}
            for name, server in running.items():
                server.wait_ready()
                path = paths.get(name, "/")
                wrk(server.port, path, order, max(1, seconds // 2))
            for turn in range(rounds):
                for name, server in running.items():
                    path = paths.get(name, "/")
                    seen[name].append(wrk(server.port, path, order, seconds))
                    note(f"{function} {turn + 1}/{rounds} {name}: {seen[name][-1][0]:,.0f}/s")
        for name, rows in seen.items():
            results[name, function] = tuple(statistics.median(column) for column in zip(*rows))
    return results


# --- start ------------------------------------------------------------------------------------

def yaml_of(count, prefix="f"):
    """`count` functions in the cluster's own YAML."""
    return "---\n".join(
        f"""apiVersion: serverless.kyma-project.io/v1alpha2
kind: Function
metadata:
  name: {prefix}{n}
spec:
  runtime: v8
  source:
    inline:
      source: |
        module.exports = {{ main: function (event, context) {{ return 'Hello from {n}' }} }}
""" for n in range(count))


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def start(count):
    """Milliseconds: first answers of sleeping functions, deploy to first answer, new processes."""
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        many = pathlib.Path(folder, "many.yaml")
        many.write_text(yaml_of(count))
        data = pathlib.Path(folder, "data")
        with Avocet(data=data) as server:
            server.wait_ready()
            server.deploy(many)
        with Avocet(data=data) as server:
            server.wait_ready()
            request(server.port, "/default/f0/")
            first = []
            for n in range(1, count):
                begun = time.perf_counter()
                status, body = request(server.port, f"/default/f{n}/")
                first.append((time.perf_counter() - begun) * 1000)
                assert status == 200 and body == f"Hello from {n}".encode(), (status, body)
            result["sleeping"] = (percentile(first, 0.5), percentile(first, 0.99))
            deploys = []
            for n in range(20):
                one = yaml_of(1, prefix=f"new{n}-")
                document = json.dumps({"files": [{"path": "new.yaml", "text": one}]}).encode()
                begun = time.perf_counter()
                status, body = request(server.admin, "/api/v1/apply", "POST", document,
                                       {"content-type": "application/json"})
                assert status == 200, body
                status, body = request(server.port, f"/default/new{n}-0/")
                deploys.append((time.perf_counter() - begun) * 1000)
                assert status == 200, body
            result["deploy"] = (percentile(deploys, 0.5), percentile(deploys, 0.99))
    boots = {
        "Avocet, whole platform": lambda: Avocet([HERE / "functions"], path="/default/text/"),
        "node:http": lambda: peer("node-http.js", "text"),
        "Express + OpenTelemetry": lambda: peer("reference.js", "text"),
    }
    for name, begin in boots.items():
        times = []
        for _ in range(7):
            with begin() as server:
                times.append(server.wait_ready())
        result[name] = statistics.median(times)
        note(f"new process to first answer, {name}: {result[name]:.1f} ms")
    return result


# --- memory -----------------------------------------------------------------------------------

def memory():
    """Bytes: the platform with so many functions awake and idle, and one process of each peer."""
    result = {}
    for name, script in (("node:http", "node-http.js"), ("Express + OpenTelemetry", "reference.js")):
        with peer(script, "text") as server:
            server.wait_ready()
            time.sleep(2)
            result[name] = server.memory()
    with tempfile.TemporaryDirectory() as folder:
        many = pathlib.Path(folder, "many.yaml")
        for count, awake in ((0, 0), (1, 1), (100, 100), (1000, 1000), (10_000, 100)):
            data = pathlib.Path(folder, f"data{count}")
            if count:
                many.write_text(yaml_of(count))
                with Avocet(data=data, pin=False) as server:
                    server.wait_ready()
                    server.deploy(many)
            with Avocet(data=data, pin=False) as server:
                server.wait_ready()
                for n in range(awake):
                    status, _ = request(server.port, f"/default/f{n}/")
                    assert status == 200
                time.sleep(3)
                result[count, awake] = server.memory()
                note(f"{count:,} deployed, {awake:,} awake: {result[count, awake] / 2**20:.1f} MiB")
    return result


# --- cost -------------------------------------------------------------------------------------

COUNTED = {
    "system calls": "raw_syscalls:sys_enter",
    "… recv": "syscalls:sys_enter_recvfrom",
    "… send": "syscalls:sys_enter_sendto",
    "… read": "syscalls:sys_enter_read",
    "… write": "syscalls:sys_enter_write",
    "… epoll_wait": "syscalls:sys_enter_epoll_wait",
    "… poll": "syscalls:sys_enter_ppoll",
    "… futex": "syscalls:sys_enter_futex",
    "context switches": "context-switches",
    "page faults": "page-faults",
}
MALLOC = "probe_libc:malloc"


def processor_time(pid):
    """Nanoseconds that all threads of a process have run."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):
            total += int(pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
    return total


def counts(pid, seconds, events):
    """Events of a process in that time, by perf (needs root)."""
    text = subprocess.run(
        ["perf", "stat", "-x", ";", "-e", ",".join(events), "-p", str(pid), "sleep", str(seconds)],
        capture_output=True, text=True, check=True).stderr
    return {row.split(";")[2]: int(row.split(";")[0]) for row in text.splitlines() if row.count(";") > 2}


def cost(seconds):
    """What one call costs supervisor and worker: {(function, process): {what: per call}}."""
    libc = "/lib/x86_64-linux-gnu/libc.so.6"
    subprocess.run(["perf", "probe", "-q", "-x", libc, "malloc"], capture_output=True)
    result = {}
    for function in ("text", "order"):
        with Avocet([HERE / "functions"], path="/default/text/") as server:
            server.wait_ready()
            path = f"/default/{function}/"
            order = function == "order"
            wrk(server.port, path, order, 2)
            supervisor, *workers = server.tree()
            worker = max(workers, key=processor_time)
            for name, pid in (("supervisor", supervisor), ("worker", worker)):
                before = processor_time(pid)
                rate, _, _ = wrk(server.port, path, order, seconds)
                row = {"processor time, µs": (processor_time(pid) - before) / rate / seconds / 1000}
                # Counting slows the server down: the rate of the same seconds is what counts.
                for events in (list(COUNTED.values()), [MALLOC]):
                    load = subprocess.Popen(
                        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", "-c64", f"-d{seconds + 2}s"]
                        + (["-s", str(HERE / "order.lua")] if order else [])
                        + [f"http://127.0.0.1:{server.port}{path}"], stdout=subprocess.PIPE, text=True)
                    time.sleep(1)
                    calls = calls_total(server, function)
                    found = counts(pid, seconds, events)
                    calls = calls_total(server, function) - calls
                    load.wait()
                    row.update({event: count / calls for event, count in found.items()})
                result[function, name] = row
                note(f"cost of {function} in the {name}: {row}")
    return result


def calls_total(server, function):
    """Calls of the function so far, by the gateway's own metric."""
    _, text = request(server.port, "/metrics")
    found = re.search(rf'^function_calls_total{{[^}}]*function="{function}"[^}}]*}} (\d+)', text.decode(), re.M)
    return int(found[1])


def report_cost(result):
    rows = {"processor time, µs": "processor time, µs", **COUNTED, "allocations (malloc)": MALLOC}
    lines = ["## What one call costs", "", "Per call at 64 connections, everything but the load generator on one core.", "",
             "| | " + " | ".join(f"{function}, {name}" for function, name in result) + " |",
             "|---|" + "---|" * len(result)]
    for name, key in rows.items():
        values = " | ".join(f"{row.get(key, 0):.2f}" for row in result.values())
        lines.append(f"| {name} | {values} |")
    return lines


# --- report -----------------------------------------------------------------------------------

def note(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    total = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())[1])
    run = lambda *c: subprocess.run(c, capture_output=True, text=True).stdout.strip()
    return (f"{os.cpu_count()} cores ({model[1] if model else 'unknown'}), {total / 2**20:.0f} GiB, "
            f"Linux {os.uname().release.split('-')[0]}; {run(AVOCET, '--version')}; Node.js {run('node', '--version')}")


def verdict(value, wanted, good):
    return f"{value} (wanted {wanted}: {'reached' if good else '**not reached**'})"


def report_rate(results):
    lines = ["## Requests per second", "",
             "64 connections, the whole server on one core, the load generator on the other; "
             "median of the rounds.", "",
             "| server | text, /s | p50 ms | p99 ms | CloudEvent, /s | p50 ms | p99 ms |",
             "|---|---|---|---|---|---|---|"]
    for name in dict.fromkeys(name for name, _ in results):
        text = results[name, "text"]
        cells = f"| {name} | {text[0]:,.0f} | {text[1]:.2f} | {text[2]:.2f} "
        if (name, "order") in results:
            order = results[name, "order"]
            lines.append(cells + f"| {order[0]:,.0f} | {order[1]:.2f} | {order[2]:.2f} |")
        else:
            lines.append(cells + "| – | – | – |")
    lines += ["", "| ratio | text | CloudEvent |", "|---|---|---|"]
    for name, other, wanted in (
            ("Avocet", "node:http", (0.85, 0.8)),
            ("Avocet", "Express + OpenTelemetry", (5.5, 7)),
            ("Avocet, function on Node.js", "Express + OpenTelemetry", (5, 7)),
            ("Avocet, function on Python", "bottle + cheroot", (5, 5)),
            ("Avocet, evented script", "node:http", (1.4,))):
        row = []
        for function, goal in zip(("text", "order"), wanted):
            ratio = results[name, function][0] / results[other, function][0]
            row.append(verdict(f"{ratio:.2f}×", f"≥ {goal}×", ratio >= goal))
        lines.append(f"| {name} ÷ {other} | {row[0]} | {row[1] if len(row) > 1 else '–'} |")
    row = []
    for function in ("text", "order"):
        ours, theirs = results["Avocet", function][2], results["node:http", function][2]
        row.append(verdict(f"{ours:.2f} ms against {theirs:.2f} ms", "no worse", ours <= theirs))
    lines.append(f"| p99, Avocet against node:http | {row[0]} | {row[1]} |")
    return lines


def report_start(result):
    p50, p99 = result["sleeping"]
    d50, d99 = result["deploy"]
    lines = ["## First answers", "", "| what | p50 ms | p99 ms |", "|---|---|---|",
             f"| first call of a sleeping function | {verdict(f'{p50:.1f}', '≤ 5', p50 <= 5)} "
             f"| {verdict(f'{p99:.1f}', '≤ 15', p99 <= 15)} |",
             f"| deploy to first answer | {verdict(f'{d50:.1f}', '≤ 50', d50 <= 50)} | {d99:.1f} |", "",
             "| new process to its first answer | median ms |", "|---|---|"]
    lines += [f"| {name} | {value:.1f} |" for name, value in result.items() if isinstance(value, float)]
    return lines


def report_memory(result):
    mib = 2**20
    base = result[0, 0]
    lines = ["## Memory", "", "Proportional resident memory of the whole process tree, a few seconds after the last call.", "",
             "| what | MiB | per awake function, MiB |", "|---|---|---|"]
    for key, value in result.items():
        if isinstance(key, str):
            lines.append(f"| {key}, one function (one process) | {value / mib:.1f} | {value / mib:.1f} |")
            continue
        count, awake = key
        each = f"{(value - base) / awake / mib:.2f}" if awake else "–"
        if key == (1000, 1000):
            each = verdict(each, "≤ 1.3 MB", (value - base) / awake <= 1.3e6)
        total = f"{value / mib:.1f}"
        if key == (10_000, 100):
            total = verdict(total, "≤ 1 GB", value <= 1e9)
        lines.append(f"| Avocet, {count:,} deployed, {awake:,} awake | {total} | {each} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="rate, start, memory, cost (default: all but cost, which needs root and perf)")
    parser.add_argument("--quick", action="store_true", help="short rounds; print, write nothing")
    options = parser.parse_args()
    parts = options.parts or ["rate", "start", "memory"]
    lines = ["# Benchmarks", "", "Written by `make bench`; do not edit.", "",
             f"{datetime.date.today().isoformat()}, {machine()}", ""]
    if "rate" in parts:
        lines += report_rate(rate(1, 3) if options.quick else rate(3, 3)) + [""]
    if "start" in parts:
        lines += report_start(start(50 if options.quick else 200)) + [""]
    if "memory" in parts:
        lines += report_memory(memory()) + [""]
    if "cost" in parts:
        lines += report_cost(cost(4)) + [""]
    text = "\n".join(lines)
    print(text)
    if not options.quick and not options.parts:
        (ROOT / "docs/benchmarks.md").write_text(text)
        note("written to docs/benchmarks.md")


if __name__ == "__main__":
    main()
