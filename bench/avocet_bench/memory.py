"""Memory of the platform with many functions, and of one process of each peer."""
import pathlib
import tempfile
import time

from .base import MIB, note
from .processes import Avocet, peer
from .report import absent, guarded, missing, mib, table, verdict
from .start import call, yaml_of


def measure(quick):
    """Bytes: {name or (deployed, awake): bytes}"""
    result = {}
    for name, program in (("node:http", "node-http.js"), ("Express + OpenTelemetry", "reference.js")):
        result[name] = guarded(idle, program)
    steps = ((0, 0), (1, 1), (100, 100)) if quick else ((0, 0), (1, 1), (100, 100), (1000, 1000), (10_000, 100))
    with tempfile.TemporaryDirectory() as folder:
        many = pathlib.Path(folder, "many.yaml")
        for count, awake in steps:
            data = pathlib.Path(folder, f"data{count}")
            if count:
                many.write_text(yaml_of(count))
                with Avocet(data=data, pin=False) as server:
                    server.wait_ready()
                    server.deploy(many)
            with Avocet(data=data, pin=False) as server:
                server.wait_ready()
                for n in range(awake):
                    call(server.port, f"/default/f{n}/")
                time.sleep(3)
                result[count, awake] = server.memory()
                note(f"{count:,} deployed, {awake:,} awake: {result[count, awake] / MIB:.1f} MiB")
    return result


def idle(program):
    with peer(program) as server:
        server.wait_ready()
        time.sleep(2)
        return server.memory()


def report(result):
    base = result[0, 0]
    lines = ["## Memory", "", "Proportional resident memory of the whole process tree, a few seconds after the last call.", "",
             *table("what", "MiB", "per awake function, MiB")]
    for key, value in result.items():
        if isinstance(key, str):
            shown = mib(value) if missing(value) is False else absent(value)
            lines.append(f"| {key}, one function (one process) | {shown} | {shown} |")
            continue
        count, awake = key
        each = f"{(value - base) / awake / MIB:.2f}" if awake else "–"
        if key == (1000, 1000):
            each = verdict(each, "≤ 1.3 MB", (value - base) / awake <= 1.3e6)
        total = mib(value)
        if key == (10_000, 100):
            total = verdict(total, "≤ 1 GB", value <= 1e9)
        lines.append(f"| Avocet, {count:,} deployed, {awake:,} awake | {total} | {each} |")
    return lines
