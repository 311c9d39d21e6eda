"""Load on the load core, and rounds that alternate between servers."""
import contextlib
import dataclasses
import re
import statistics
import subprocess

from .base import HERE, LOAD, LOAD_CORE, NotMeasured, first_line, note


@dataclasses.dataclass
class Figures:
    """A server's median over its rounds."""
    rate: float
    p50: float
    p99: float
    cpu: float
    """Microseconds of processor time per request, of everything that the server started."""


def wrk(port, path="/", order=False, secure=False, seconds=3):
    """Requests per second, p50 and p99 in milliseconds, at 64 connections that stay open."""
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", "-c64", f"-d{seconds}s", "--timeout", "10s", "--latency"]
    if order:
        command += ["-s", str(HERE / "order.lua")]
    scheme = "https" if secure else "http"
    done = subprocess.run(command + [f"{scheme}://127.0.0.1:{port}{path}"], capture_output=True, text=True)
    text = done.stdout
    failed = re.search(r"^\s*(Non-2xx.*|Socket errors.*)$", text, re.M)
    if failed or done.returncode != 0:
        raise NotMeasured(f"requests failed: {first_line(failed[1] if failed else done.stderr)}")

    def ms(percentile):
        found = re.search(rf"^\s+{percentile}%\s+([\d.]+)(us|ms|s|m)\s*$", text, re.M)
        if not found:
            raise NotMeasured(f"the load generator gave no figures: {' '.join(text.split())}")
        return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[found[2]]
    count = int(re.search(r"^\s+(\d+) requests in", text, re.M)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), ms(50), ms(99), count


def echo(port, size=1024, seconds=3):
    """Messages per second that come back over 64 connections, like `wrk`."""
    done = subprocess.run(
        ["taskset", "-c", LOAD_CORE, LOAD, "echo", str(port), "64", str(size), str(seconds)],
        capture_output=True, text=True)
    if done.returncode != 0:
        raise NotMeasured(f"echo failed: {first_line(done.stderr)}")
    rate, p50, p99, count = map(float, done.stdout.split())
    return rate, p50, p99, count


def alternate(title, servers, loads, rounds, seconds):
    """Runs each server's load in turn, `rounds` times: {name: Figures or NotMeasured}.

    `servers` maps a name to what starts it, `loads` to a function of (server, seconds).
    """
    seen, failed = {}, {}
    with contextlib.ExitStack() as stack:
        running = {}
        for name, begin in servers.items():
            try:
                running[name] = stack.enter_context(begin())
                running[name].wait_ready()
                loads[name](running[name], max(1, seconds // 2))
            except (NotMeasured, OSError) as reason:
                failed[name] = NotMeasured(first_line(reason))
        for turn in range(rounds):
            for name in servers:
                if name in failed:
                    continue
                server = running[name]
                try:
                    before = server.cpu()
                    rate, p50, p99, count = loads[name](server, seconds)
                except NotMeasured as reason:
                    failed[name] = reason
                    continue
                seen.setdefault(name, []).append((rate, p50, p99, (server.cpu() - before) / count / 1000))
                note(f"{title} {turn + 1}/{rounds} {name}: {rate:,.0f}/s, {seen[name][-1][3]:.2f} µs of processor time each")
    for name, reason in failed.items():
        note(f"{title} {name}: not measured: {reason}")
    medians = {name: Figures(*(statistics.median(column) for column in zip(*seen[name])))
               for name in servers if name in seen and name not in failed}
    return {name: medians.get(name) or failed[name] for name in servers}


class Sink:
    """A collector of spans on the load core that takes everything and keeps nothing."""

    def __enter__(self):
        self.child = subprocess.Popen(
            ["taskset", "-c", LOAD_CORE, LOAD, "sink"], stdout=subprocess.PIPE, text=True)
        self.port = int(self.child.stdout.readline() or 0)
        if not self.port:
            self.__exit__()
            raise NotMeasured("the collector of spans did not start")
        self.env = {"TRACE_COLLECTOR_ENDPOINT": f"http://127.0.0.1:{self.port}/v1/traces"}
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()
