"""Servers as processes: their start, end, memory and processor time."""
import contextlib
import glob
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

from .base import AVOCET, HERE, NotMeasured, SERVER_CORE, first_line, free_port, request

PEERS = HERE / "peers"
SCRIPTS = HERE / "scripts"


class Process:
    """A server on the server core, ended with everything that it started."""

    def __init__(self, arguments, port, path="/", env=None, pin=True, secure=False):
        self.port, self.path, self.secure = port, path, secure
        self.log = tempfile.TemporaryFile()
        command = (["taskset", "-c", SERVER_CORE] if pin else []) + [str(part) for part in arguments]
        self.started = time.perf_counter()
        self.child = subprocess.Popen(
            command, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, start_new_session=True)

    def wait_ready(self, limit=60):
        """Milliseconds from the start of the process to its first answer on `path`."""
        deadline = self.started + limit
        while time.perf_counter() < deadline and self.child.poll() is None:
            with contextlib.suppress(OSError):
                if self.answers():
                    return (time.perf_counter() - self.started) * 1000
            time.sleep(0.001)
        raise NotMeasured(f"it did not start: {first_line(self.said())}")

    def answers(self):
        if not self.secure:
            return request(self.port, self.path, timeout=5)[0] == 200
        context = ssl._create_unverified_context()
        with urllib.request.urlopen(f"https://127.0.0.1:{self.port}{self.path}", timeout=5, context=context) as got:
            return got.status == 200

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

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
        return sum(proportional(pid) for pid in self.tree())

    def cpu(self):
        """Nanoseconds of processor time that the tree has taken so far."""
        return sum(processor_time(pid) for pid in self.tree())

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


class Line(Process):
    """A server that speaks no HTTP: ready when it accepts a connection."""

    def answers(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=5):
            return True


class Avocet(Process):
    """`avocet serve` with a data folder of its own, or the given one."""

    def __init__(self, paths=(), data=None, pin=True, path="/healthz", env=None):
        self.folder = None
        if data is None:
            self.folder = tempfile.TemporaryDirectory()
            data = self.folder.name
        port, self.admin = free_port(), free_port()
        super().__init__(
            [AVOCET, "serve", *paths, "--data", data,
             "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{self.admin}"],
            port, path, pin=pin, env=env)

    def deploy(self, path):
        done = subprocess.run(
            [AVOCET, "deploy", "-f", str(path), "--server", f"http://127.0.0.1:{self.admin}"],
            capture_output=True, text=True)
        if done.returncode != 0:
            raise NotMeasured(f"deploy failed: {first_line(done.stderr or done.stdout)}")

    def __exit__(self, *exception):
        super().__exit__(*exception)
        if self.folder:
            self.folder.cleanup()


def platform(function, env=None):
    """The platform with functions on every runtime."""
    return Avocet([HERE / "functions", HERE / "processes"], path=f"/default/{function}/healthz", env=env)


def peer(script, function="text", env=None):
    """A server of bench/peers on Node.js or Python."""
    port = free_port()
    settings = {"PORT": str(port), "FUNCTION": function, "PYTHONPATH": str(PEERS / "python/site"), **(env or {})}
    path = "/" if function == "text" or script.startswith("node-") else "/healthz"
    program = sys.executable if script.endswith(".py") else "node"
    return Process([program, PEERS / script], port, path, settings)


def script(name, *arguments, kind=Process, **options):
    """A program of bench/scripts, on a port of its own."""
    port = free_port()
    return kind([AVOCET, SCRIPTS / name, port, *arguments], port, **options)


def runtime(program, name):
    """Another runtime (`deno`, `bun`) with its hello world from bench/peers/runtimes."""
    folder = PEERS / "runtimes"
    pattern = {"deno": "@deno/linux-*/deno", "bun": "@oven/bun-linux-*/bin/bun"}[program]
    found = sorted(glob.glob(str(folder / "node_modules" / pattern)))
    if not found:
        raise NotMeasured(f"{program} is not installed")
    port = free_port()
    options = ["run", "--no-lock", "--allow-net", "--allow-env"] if program == "deno" else []
    return Process([found[0], *options, folder / name], port, env={"PORT": str(port), "NO_COLOR": "1"})


def proportional(pid):
    with contextlib.suppress(OSError):
        rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1]) * 1024
    return 0


def status_bytes(pid, field):
    """A field of /proc/PID/status in bytes: VmRSS is what is resident, VmHWM its peak."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+)", text, re.M)[1]) * 1024


def processor_time(pid):
    """Nanoseconds that all threads of a process have run."""
    total = 0
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                total += int(pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
    return total
