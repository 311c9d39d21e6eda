"""First answers: of sleeping functions, after a deploy, of new processes."""
import json
import pathlib
import statistics
import tempfile
import time

from .base import HERE, NotMeasured, note, percentile, request
from .processes import Avocet, peer
from .report import absent, missing, table, verdict


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


def apply(server, files):
    """Deploys {path: text} through the admin API."""
    document = {"files": [{"path": path, "text": text} for path, text in files.items()]}
    status, body = request(server.admin, "/api/v1/apply", "POST", json.dumps(document).encode(),
                           {"content-type": "application/json"}, timeout=120)
    if status != 200:
        raise NotMeasured(f"deploy answered {status}: {body.decode(errors='replace')[:200]}")


def call(port, path, wanted=None):
    """Milliseconds to the answer of one call."""
    begun = time.perf_counter()
    status, body = request(port, path)
    took = (time.perf_counter() - begun) * 1000
    if status != 200 or (wanted is not None and body != wanted):
        raise NotMeasured(f"{path} answered {status}: {body[:100]!r}")
    return took


def measure(quick):
    """Milliseconds: first answers of sleeping functions, deploy to first answer, new processes."""
    count = 50 if quick else 200
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
            call(server.port, "/default/f0/")
            first = [call(server.port, f"/default/f{n}/", f"Hello from {n}".encode()) for n in range(1, count)]
            result["sleeping"] = (percentile(first, 0.5), percentile(first, 0.99))
            deploys = []
            for n in range(20):
                begun = time.perf_counter()
                apply(server, {"new.yaml": yaml_of(1, prefix=f"new{n}-")})
                call(server.port, f"/default/new{n}-0/")
                deploys.append((time.perf_counter() - begun) * 1000)
            result["deploy"] = (percentile(deploys, 0.5), percentile(deploys, 0.99))
    result["boots"] = boots({
        "Avocet, whole platform": lambda: Avocet([HERE / "functions"], path="/default/text/"),
        "node:http": lambda: peer("node-http.js"),
        "Express + OpenTelemetry": lambda: peer("reference.js"),
        "bottle + cheroot": lambda: peer("python/server.py"),
    }, 7)
    return result


def boots(servers, times):
    """Median milliseconds from a new process to its first answer, in turns: {name: ms or NotMeasured}."""
    seen = {name: [] for name in servers}
    failed = {}
    for _ in range(times):
        for name in servers:
            if name in failed:
                continue
            try:
                with servers[name]() as server:
                    seen[name].append(server.wait_ready())
            except (NotMeasured, OSError) as reason:
                failed[name] = NotMeasured(str(reason))
    medians = {name: failed.get(name) or statistics.median(values) for name, values in seen.items()}
    for name, value in medians.items():
        note(f"new process to first answer, {name}: {value if name in failed else f'{value:.1f} ms'}")
    return medians


def report(result):
    p50, p99 = result["sleeping"]
    d50, d99 = result["deploy"]
    lines = ["## First answers", "", "| what | p50 ms | p99 ms |", "|---|---|---|",
             f"| first call of a sleeping function | {verdict(f'{p50:.1f}', '≤ 5', p50 <= 5)} "
             f"| {verdict(f'{p99:.1f}', '≤ 15', p99 <= 15)} |",
             f"| deploy to first answer | {verdict(f'{d50:.1f}', '≤ 50', d50 <= 50)} | {d99:.1f} |", "",
             *table("new process to its first answer", "median ms")]
    for name, value in result["boots"].items():
        lines.append(f"| {name} | {f'{value:.1f}' if missing(value) is False else absent(value)} |")
    return lines
