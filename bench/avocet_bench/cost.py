"""What one call costs supervisor and worker, counted by perf (as root)."""
import re
import subprocess
import time

from .base import HERE, LOAD_CORE, note, request
from .load import wrk
from .processes import Avocet, processor_time

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


def counts(pid, seconds, events):
    """Events of a process in that time, by perf (needs root)."""
    text = subprocess.run(
        ["perf", "stat", "-x", ";", "-e", ",".join(events), "-p", str(pid), "sleep", str(seconds)],
        capture_output=True, text=True, check=True).stderr
    return {row.split(";")[2]: int(row.split(";")[0]) for row in text.splitlines() if row.count(";") > 2}


def measure(_quick, seconds=4):
    """{(function, process): {what: per call}}"""
    libc = "/lib/x86_64-linux-gnu/libc.so.6"
    subprocess.run(["perf", "probe", "-q", "-x", libc, "malloc"], capture_output=True)
    result = {}
    for function in ("text", "order"):
        with Avocet([HERE / "functions"], path="/default/text/") as server:
            server.wait_ready()
            path = f"/default/{function}/"
            order = function == "order"
            wrk(server.port, path, order, seconds=2)
            supervisor, *workers = server.tree()
            worker = max(workers, key=processor_time)
            for name, pid in (("supervisor", supervisor), ("worker", worker)):
                result[function, name] = of_process(server, function, pid, seconds)
                note(f"cost of {function} in the {name}: {result[function, name]}")
    return result


def of_process(server, function, pid, seconds):
    path, order = f"/default/{function}/", function == "order"
    before = processor_time(pid)
    rate, *_ = wrk(server.port, path, order, seconds=seconds)
    found = {"processor time, µs": (processor_time(pid) - before) / rate / seconds / 1000}
    # Counting slows the server down: the calls of the same seconds are what counts.
    for events in (list(COUNTED.values()), [MALLOC]):
        load = subprocess.Popen(
            ["taskset", "-c", LOAD_CORE, "wrk", "-t1", "-c64", f"-d{seconds + 2}s"]
            + (["-s", str(HERE / "order.lua")] if order else [])
            + [f"http://127.0.0.1:{server.port}{path}"], stdout=subprocess.PIPE, text=True)
        time.sleep(1)
        calls = calls_total(server, function)
        counted = counts(pid, seconds, events)
        calls = calls_total(server, function) - calls
        load.communicate()
        found.update({event: count / calls for event, count in counted.items()})
    return found


def calls_total(server, function):
    """Calls of the function so far, by the gateway's own metric."""
    _, text = request(server.port, "/metrics")
    found = re.search(rf'^function_calls_total{{[^}}]*function="{function}"[^}}]*}} (\d+)', text.decode(), re.M)
    return int(found[1])


def report(result):
    rows = {"processor time, µs": "processor time, µs", **COUNTED, "allocations (malloc)": MALLOC}
    lines = ["## What one call costs", "", "Per call at 64 connections, everything but the load generator on one core.", "",
             "| | " + " | ".join(f"{function}, {name}" for function, name in result) + " |",
             "|---|" + "---|" * len(result)]
    for name, key in rows.items():
        values = " | ".join(f"{figures.get(key, 0):.2f}" for figures in result.values())
        lines.append(f"| {name} | {values} |")
    return lines
