"""Host services: what functions wait for when they store and send, on the embedded stores."""
import json
import os
import pathlib
import subprocess
import tempfile
import time

from .base import AVOCET, HERE, MIB, NotMeasured, first_line, note, percentile, request
from .load import wrk
from .processes import Avocet, status_bytes
from .report import absent, guarded, missing, row, table, verdict

OBJECT_BYTES = 100 * MIB


def measure(quick):
    """{what: figure or NotMeasured}; times in microseconds."""
    found = {"fdatasync": guarded(fdatasync, 200 if quick else 1000)}
    with Avocet([HERE / "services"], pin=False) as server:
        server.wait_ready()
        calls = (("get", 2000), ("set", 200 if quick else 1000), ("request", 2000), ("publish", 50_000))
        for name, count in calls:
            found[name] = guarded(ask, server, name, count)
            note(f"{name}: {found[name]}")
        found["together"] = guarded(together, server, 3 if quick else 10)
        for name, step in (("put", put), ("got", got)):
            found[name] = guarded(moved, server, step)
            note(f"object {name}: {found[name]}")
    return found


def fdatasync(count):
    """One page appended and synced, as often as a store would."""
    times = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(count):
            os.write(file.fileno(), b"x" * 4096)
            before = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - before) * 1e6)
    return percentile(times, 0.5)


def ask(server, name, count):
    """Median of the calls that the function made, or for `publish` how many it made in a second."""
    body = json.dumps({"call": name, "count": count})
    for _ in range(2):
        status, answer = request(server.port, "/default/measure", "POST", body)
        if status != 200:
            raise NotMeasured(f"{status}: {first_line(answer.decode(errors='replace'))}")
    return json.loads(answer)


def together(server, seconds):
    """Calls per second of 64 callers whose function sets a key, each its own."""
    return wrk(server.port, "/default/store", True, seconds=seconds)[0]


def moved(server, step):
    """(MiB per second, growth of the supervisor's memory in MiB) of one object."""
    pid = server.child.pid
    # The peak from now on.
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
    before = status_bytes(pid, "VmRSS")
    started = time.perf_counter()
    step(server)
    seconds = time.perf_counter() - started
    return OBJECT_BYTES / MIB / seconds, (status_bytes(pid, "VmHWM") - before) / MIB


def put(server):
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run(["head", "-c", str(OBJECT_BYTES), "/dev/urandom"], stdout=file, check=True)
        command(server, "put", "large", file.name)


def got(server):
    command(server, "get", "large")


def command(server, *words):
    done = subprocess.run(
        [AVOCET, "objects", *words, "--function", "measure", "--server", f"http://127.0.0.1:{server.admin}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise NotMeasured(first_line(done.stderr))


def held(value, shown, wanted, good):
    return absent(value) if missing(value) is not False else verdict(shown(value), wanted, good(value))


def report(found):
    sync = found["fdatasync"]
    known = missing(sync) is False
    micro = lambda value: f"{value:,.0f} µs"
    lines = ["## Host services", "",
             "Calls that a function on `v8` makes, as it sees them, with the embedded stores; synced to the disk "
             "of the data folder. Objects by the command line.", "",
             *table("what", "figure")]
    lines.append(row("one fdatasync of this machine, median", micro(sync) if known else absent(sync)))
    lines.append(row("`kv.get`, median", held(found["get"], micro, "≤ 40 µs", lambda v: v <= 40)))
    wanted = f"≤ {micro(2 * sync)}, twice fdatasync" if known else "twice fdatasync"
    lines.append(row("`kv.set`, median", held(found["set"], micro, wanted, lambda v: known and v <= 2 * sync)))
    floor = 3e6 / sync if known else 0
    lines.append(row("`kv.set` of 64 callers together, /s", held(
        found["together"], lambda v: f"{v:,.0f}", f"≥ {floor:,.0f}, three times fdatasync",
        lambda v: known and v >= floor)))
    lines.append(row("`messaging.request` between two functions, median",
                     held(found["request"], micro, "≤ 150 µs", lambda v: v <= 150)))
    lines.append(row("`messaging.publish` of one function, /s",
                     held(found["publish"], lambda v: f"{v:,.0f}", "≥ 50,000", lambda v: v >= 50_000)))
    for name, what in (("put", "stored"), ("got", "read")):
        lines.append(row(f"an object of 100 MiB {what}, MiB/s", held(
            found[name], lambda v: f"{v[0]:,.0f}", "≥ 200", lambda v: v[0] >= 200)))
        lines.append(row(f"more memory of the supervisor meanwhile, MiB", held(
            found[name], lambda v: f"{v[1]:.1f}", "≤ 16", lambda v: v[1] <= 16)))
    return lines
