"""Functions on Node.js and Python: memory, first answers from the warm pool, deploys with packages."""
import contextlib
import json
import pathlib
import tempfile
import time
import zipfile

from .base import HERE, NotMeasured, note, percentile, request
from .load import wrk
from .processes import Avocet, peer, processor_time, status_bytes
from .report import absent, at_most, guarded, missing, mib, row, table, verdict
from .start import apply, call

LANGUAGES = {"node": "Node.js", "python": "Python"}
WORKERS = {"node": "guests/node/worker.js", "python": "guests/python/worker.py"}
PEERS = {"node": ("Express + OpenTelemetry", "reference.js"), "python": ("bottle + cheroot", "python/server.py")}
FIRST_ANSWER = {"node": 30, "python": 40}


def measure(quick):
    result = {"peers": {language: guarded(peer_memory, program) for language, (_, program) in PEERS.items()}}
    functions = [HERE / "processes" / f"text-{language}" for language in LANGUAGES]
    with Avocet(functions, path="/default/text-node/healthz") as server:
        server.wait_ready()
        result["memory"] = {language: guarded(memory, server, language) for language in LANGUAGES}
        result["sleeping"] = guarded(sleeping, server, 5 if quick else 30)
    result["deploys"] = {"node": guarded(deploys, node_package, 5 if quick else 10),
                         "python": guarded(deploys, python_package, 5 if quick else 10)}
    for what, found in result.items():
        note(f"guests, {what}: {found}")
    return result


# What runs in a server's tree.

def instances(server, language):
    """Process ids: (those that hold a function, those of the warm pool)."""
    awake, warm = [], []
    for pid in server.tree():
        with contextlib.suppress(OSError):
            if WORKERS[language] in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
                folder = str(pathlib.Path(f"/proc/{pid}/cwd").readlink())
                (awake if "/code/" in folder else warm).append(pid)
    return awake, warm


def settle(server, awake, quiet=0.3, limit=30):
    """Waits until each pool has its warm process, so many functions are awake in each language, and
    none of these processes has had anything to do for a while."""
    deadline = time.monotonic() + limit
    before, since = None, time.monotonic()
    while time.monotonic() < deadline:
        found = {language: instances(server, language) for language in LANGUAGES}
        counted = all(len(holding) == awake and len(warm) == 1 for holding, warm in found.values())
        state = {pid: processor_time(pid) for both in found.values() for pids in both for pid in pids}
        if not counted or state != before:
            before, since = state, time.monotonic()
        elif time.monotonic() - since >= quiet:
            return found
        time.sleep(0.02)
    raise NotMeasured(f"the workers did not come to rest: {found}")


def memory(server, language):
    """Bytes: {idle, warm, loaded} of a function's own process and the warm one."""
    for each in LANGUAGES:
        call(server.port, f"/default/text-{each}/", b"Hello World")
    found = settle(server, 1, quiet=2)
    (instance,), (warm,) = found[language]
    result = {"idle": resident(instance), "warm": resident(warm)}
    wrk(server.port, f"/default/text-{language}/", seconds=3)
    result["loaded"] = resident(instance)
    return result


def resident(pid):
    return status_bytes(pid, "VmRSS")


def peer_memory(program):
    """Bytes of a peer's process: (idle, under load)."""
    with peer(program) as server:
        server.wait_ready()
        time.sleep(2)
        idle = resident(server.child.pid)
        wrk(server.port, seconds=3)
        return idle, resident(server.child.pid)


def sleeping(server, samples):
    """Milliseconds to the first answers of functions that sleep while a process is warm."""
    took = {language: [] for language in LANGUAGES}
    for _ in range(samples):
        for language in LANGUAGES:
            status, body = request(
                server.admin, f"/api/v1/namespaces/default/functions/text-{language}/sleep", "POST")
            if status >= 300:
                raise NotMeasured(f"the function was not put to sleep: {status} {body[:100]!r}")
        settle(server, 0)
        for language in LANGUAGES:
            took[language].append(call(server.port, f"/default/text-{language}/", b"Hello World"))
            time.sleep(0.1)
    return took


# Deploys with packages.

FUNCTION = """apiVersion: serverless.kyma-project.io/v1alpha2
kind: Function
metadata:
  name: {name}
spec:
  runtime: {runtime}
  source:
    dir: .
"""


def node_package(folder):
    package = folder / "greet"
    package.mkdir()
    (package / "package.json").write_text('{"name": "greet", "version": "1.0.0"}')
    (package / "index.js").write_text("module.exports = () => 'hello';\n")
    return {
        "handler.js": "const greet = require('greet');\nexports.main = () => greet();\n",
        "package.json": json.dumps({"dependencies": {"greet": f"file:{package}"}}),
    }, "nodejs20"


def python_package(folder):
    wheel = folder / "greet-1.0.0-py3-none-any.whl"
    information = "greet-1.0.0.dist-info/"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("greet.py", "def greet():\n    return 'hello'\n")
        archive.writestr(information + "METADATA", "Metadata-Version: 2.1\nName: greet\nVersion: 1.0.0\n")
        archive.writestr(information + "WHEEL", "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(information + "RECORD", "greet.py,,\n")
    return {
        "handler.py": "from greet import greet\n\n\ndef main(event, context):\n    return greet()\n",
        "requirements.txt": f"greet @ file://{wheel}\n",
    }, "python312"


def deploys(make, count):
    """Milliseconds from a deploy to its first answer: (the first, which installs; the median of those after it)."""
    with tempfile.TemporaryDirectory() as folder, Avocet() as server:
        server.wait_ready()
        files, runtime = make(pathlib.Path(folder))
        took = []
        for n in range(count + 1):
            name = f"greet-{n}"
            document = {f"{name}/function.yaml": FUNCTION.format(name=name, runtime=runtime)}
            document.update({f"{name}/{path}": text for path, text in files.items()})
            begun = time.perf_counter()
            apply(server, document)
            call(server.port, f"/default/{name}/", b"hello")
            took.append((time.perf_counter() - begun) * 1000)
            time.sleep(1)
        return took[0], percentile(took[1:], 0.5)


# The report.

def report(result):
    lines = ["## Functions on Node.js and Python", "",
             "Memory is what is resident of one process, with what it shares with others of its kind. A sleeping "
             "function has no process; its first call takes the warm one, and the next sample waits until that "
             "is replaced.", "",
             *table("memory, MiB", "idle", "under load")]
    for language, title in LANGUAGES.items():
        found = result["memory"][language]
        if missing(found) is not False:
            lines.append(row(f"instance on {title}", absent(found), "–"))
        else:
            idle = mib(found["idle"])
            if language == "node":
                idle = verdict(idle, "≤ 60 MB", found["idle"] <= 60e6)
            lines.append(row(f"instance on {title}", idle, mib(found["loaded"])))
            lines.append(row(f"warm process of {title}", mib(found["warm"]), "–"))
        name, found = PEERS[language][0], result["peers"][language]
        gap = missing(found)
        lines.append(row(name, *((absent(gap), "–") if gap is not False else map(mib, found))))
    return lines + ["", *first_answers(result["sleeping"]), "", *after_deploys(result["deploys"])]


def first_answers(found):
    if missing(found) is not False:
        return [f"First answers of sleeping functions: {absent(found)}"]
    lines = table("first answer of a sleeping function", "p50", "p99 ms", "samples")
    for language, took in found.items():
        lines.append(row(LANGUAGES[language], at_most(percentile(took, 0.5), FIRST_ANSWER[language], "ms"),
                         f"{percentile(took, 0.99):.1f}", str(len(took))))
    return lines


def after_deploys(found):
    lines = table("deploy with a package, to the first answer", "first, ms", "same packages again, median")
    for language, took in found.items():
        gap = missing(took)
        cells = (absent(gap), "–") if gap is not False else (f"{took[0]:.0f}", at_most(took[1], 300, "ms"))
        lines.append(row(LANGUAGES[language], *cells))
    return lines
