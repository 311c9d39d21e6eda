"""Events: durable publishes, from publishing to the handler, deliveries, and a backlog."""
import contextlib
import glob
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time

from .base import HERE, LOAD_CORE, MIB, ROOT, NotMeasured, first_line, free_port, note, percentile, request
from .processes import Avocet, Process, status_bytes
from .report import absent, guarded, missing, row, table, verdict

PUBLISHERS = 64
DATA = b'{"order":7,"items":[1,2,3],"total":70.5,"customer":"c-1234567890"}'
BATCH = 500
EVENTS = HERE / "events"


def measure(quick):
    results = {}
    seconds = 1 if quick else 3
    rounds = 1 if quick else 3
    synced, published, peer = [], [], []
    with tempfile.TemporaryDirectory(prefix="avocet-bench-") as folder, contextlib.ExitStack() as stack:
        server = stack.enter_context(Avocet(data=f"{folder}/data"))
        server.wait_ready()
        nats = guarded(lambda: stack.enter_context(Nats(folder)))
        for turn in range(rounds):
            synced.append(syncs(folder, seconds))
            published.append(publishes(server.port, seconds)[0])
            if not isinstance(nats, NotMeasured):
                peer.append(guarded(nats.publishes, seconds))
            note(f"events {turn + 1}/{rounds}: {synced[-1]:,.0f} syncs/s, {published[-1]:,.0f} publishes/s")
    results["syncs"] = statistics.median(synced)
    results["publishes"] = statistics.median(published)
    failed = [found for found in peer if isinstance(found, NotMeasured)]
    results["nats"] = nats if isinstance(nats, NotMeasured) else failed[0] if failed else statistics.median(peer)
    results["latency"] = guarded(latency, results["publishes"] / 2, seconds)
    for name in ("noop", "noop-node"):
        results[name] = guarded(deliveries, name, 5_000 if quick else 50_000)
    results["backlog"] = guarded(backlog, 20_000 if quick else 1_000_000, results["publishes"], seconds)
    return results


def syncs(folder, seconds):
    """Writes of 4 KiB, each followed by fdatasync, per second: what the disk gives to one writer."""
    path = pathlib.Path(folder, "sync")
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    count, end = 0, time.perf_counter() + seconds
    try:
        while time.perf_counter() < end:
            os.pwrite(file, b"x" * 4096, count % 1024 * 4096)
            os.fdatasync(file)
            count += 1
    finally:
        os.close(file)
    return count / seconds


def publishes(port, seconds, kind="bench.publish"):
    """Publishes that were acknowledged per second by 64 publishers, and their p99 in milliseconds."""
    done = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{PUBLISHERS}", f"-d{seconds}s", "--timeout", "10s", "--latency",
         "-s", str(HERE / "publish.lua"), f"http://127.0.0.1:{port}/publish", "--", kind],
        capture_output=True, text=True)
    failed = re.search(r"^\s*(Non-2xx.*|Socket errors.*)$", done.stdout, re.M)
    if failed or done.returncode != 0:
        raise NotMeasured(f"publishes failed: {first_line(failed[1] if failed else done.stderr)}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1]), done.stdout


class Nats:
    """A new nats-server that syncs each message before it acknowledges it."""

    def __init__(self, folder):
        found = sorted(glob.glob(str(ROOT / ".deps/nats/new/**/nats-server"), recursive=True))
        if not found:
            raise NotMeasured("nats-server is not installed")
        self.port = free_port()
        configuration = pathlib.Path(folder, "nats.conf")
        configuration.write_text(
            f'listen: "127.0.0.1:{self.port}"\njetstream {{ store_dir: "{folder}/nats", sync_interval: always }}\n')
        self.process = Process([found[0], "-c", configuration], self.port)

    def __enter__(self):
        self.process.__enter__()
        end = time.perf_counter() + 10
        while time.perf_counter() < end:
            with contextlib.suppress(OSError):
                with Publisher(self.port) as client:
                    stream = {"name": "BENCH", "subjects": ["bench.*"], "storage": "file", "duplicate_window": 120_000_000_000}
                    answer = client.ask("$JS.API.STREAM.CREATE.BENCH", json.dumps(stream).encode())
                    if b'"error"' in answer:
                        raise NotMeasured(f"nats-server makes no stream: {answer[:200]!r}")
                    return self
            time.sleep(0.05)
        raise NotMeasured(f"nats-server did not start: {first_line(self.process.said())}")

    def __exit__(self, *exception):
        self.process.__exit__(*exception)

    def publishes(self, seconds):
        """Acknowledged messages per second by 64 publishers that each wait for theirs."""
        counts, end = [0] * PUBLISHERS, time.perf_counter() + seconds

        def publish(own):
            with Publisher(self.port) as client:
                while time.perf_counter() < end:
                    identity = b"%d-%d-%d" % (time.time_ns(), own, counts[own])
                    if b'"error"' in client.ask("bench.publish", DATA, identity):
                        return
                    counts[own] += 1
        threads = [threading.Thread(target=publish, args=(own,)) for own in range(PUBLISHERS)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if not all(counts):
            raise NotMeasured("nats-server refused messages")
        return sum(counts) / (time.perf_counter() - begun)


class Publisher:
    """A connection to a nats-server that asks one thing at a time."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.read = self.socket.makefile("rb")
        self.read.readline()
        self.inbox = f"_INBOX.{os.getpid()}.{self.socket.getsockname()[1]}"
        self.socket.sendall(b'CONNECT {"verbose":false,"headers":true}\r\nSUB %s 1\r\n' % self.inbox.encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, subject, payload, identity=None):
        if identity is None:
            head = b"PUB %s %s %d\r\n" % (subject.encode(), self.inbox.encode(), len(payload))
        else:
            headers = b"NATS/1.0\r\nNats-Msg-Id: %s\r\n\r\n" % identity
            payload = headers + payload
            head = b"HPUB %s %s %d %d\r\n" % (subject.encode(), self.inbox.encode(), len(headers), len(payload))
        self.socket.sendall(head + payload + b"\r\n")
        while True:
            line = self.read.readline()
            if line.startswith(b"PING"):
                self.socket.sendall(b"PONG\r\n")
            elif line.startswith(b"MSG"):
                return self.read.read(int(line.split()[-1]) + 2)
            elif not line:
                raise OSError("nats-server closed the connection")


def batch(port, kind, count):
    """Publishes so many events at once."""
    events = ",".join(
        '{"specversion":"1.0","id":"%d-%d","source":"/bench","type":"%s","data":%s}'
        % (time.time_ns(), number, kind, DATA.decode()) for number in range(count))
    status, body = request(port, "/publish", "POST", f"[{events}]", {"content-type": "application/cloudevents-batch+json"})
    if status != 200:
        raise NotMeasured(f"a batch was refused with {status}: {first_line(body.decode())}")


def fill(port, kind, count):
    for _ in range(count // BATCH):
        batch(port, kind, BATCH)


def latency(rate, seconds):
    """p50 and p99 in milliseconds from before the publish to the handler's first line."""
    with Avocet([EVENTS / "clock"]) as server:
        server.wait_ready()
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        workers = 16
        end = time.perf_counter() + 1 + 2 * seconds

        def publish(own):
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            pause, count, due = workers / rate, 0, time.perf_counter() + own / rate
            while due < end:
                time.sleep(max(0, due - time.perf_counter()))
                due += pause
                count += 1
                headers = {"ce-specversion": "1.0", "ce-type": "bench.clock", "ce-source": "/bench",
                           "ce-id": f"{own}-{count}", "content-type": "application/json"}
                connection.request("POST", "/publish", b'{"at":%d}' % (time.time() * 1000), headers)
                connection.getresponse().read()
        os.sched_setaffinity(0, {int(LOAD_CORE)})
        threads = [threading.Thread(target=publish, args=(own,)) for own in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        os.sched_setaffinity(0, range(os.cpu_count()))
        time.sleep(1)
        connection.request("GET", "/default/clock/")
        taken = json.loads(connection.getresponse().read())
        if not taken:
            raise NotMeasured("no event arrived")
        return len(taken) / (1 + 2 * seconds), percentile(taken, 0.5), percentile(taken, 0.99)


def calls(port, function):
    text = request(port, f"/default/{function}/metrics")[1].decode()
    found = re.search(r"^function_calls_total\{[^}]*\} (\d+)", text, re.M)
    return int(found[1]) if found else 0


def deliveries(function, count):
    """Events per second from a backlog to a function that does nothing."""
    kind = "bench.noop" if function == "noop" else "bench.node"
    with Avocet() as server:
        server.wait_ready()
        server.deploy(subscription_file(server.folder.name, function, kind))
        fill(server.port, kind, count)
        server.deploy(EVENTS / function)
        first, begun = calls(server.port, function), time.perf_counter()
        end = begun + 120
        while calls(server.port, function) < count:
            if time.perf_counter() > end:
                raise NotMeasured(f"only {calls(server.port, function)} of {count} events arrived")
            time.sleep(0.01)
        return (count - first) / (time.perf_counter() - begun)


def subscription_file(folder, function, kind):
    """The function's subscription before there is the function."""
    path = pathlib.Path(folder, f"{function}.yaml")
    path.write_text(
        "apiVersion: eventing.kyma-project.io/v1alpha2\nkind: Subscription\nmetadata:\n"
        f"  name: early-{function}\nspec:\n  sink: http://{function}.default.svc.cluster.local\n"
        f"  source: ''\n  types: [{kind}]\n  config:\n    maxInFlightMessages: 500\n")
    return path


def backlog(count, empty_rate, seconds):
    """What a backlog for a function that is not there costs."""
    with tempfile.TemporaryDirectory(prefix="avocet-bench-") as folder:
        with Avocet(data=folder) as server:
            server.wait_ready()
            server.deploy(subscription_file(folder, "late", "bench.late"))
            fill(server.port, "bench.late", count)
            rate, _ = publishes(server.port, seconds, "bench.late")
            memory = status_bytes(server.child.pid, "VmHWM")
            os.killpg(server.child.pid, signal.SIGKILL)
            server.child.wait()
        late = pathlib.Path(folder, "late")
        late.mkdir()
        late.joinpath("late.js").write_text("exports.main = () => {};\n")
        with Avocet([late / "late.js"], data=folder, path="/healthz") as server:
            ready = server.wait_ready()
            while not calls(server.port, "late"):
                if time.perf_counter() > server.started + 60:
                    raise NotMeasured("nothing was delivered after the kill")
                time.sleep(0.002)
            first = (time.perf_counter() - server.started) * 1000
        return {"count": count, "rate": rate, "slower": 1 - rate / empty_rate, "memory": memory / MIB,
                "ready": ready, "first": first}


def report(results):
    lines = ["## Events", "",
             f"One server on one core, the publishers on the other; {PUBLISHERS} publishers that each wait for the "
             "answer. A publish is answered when it is on the disk.", "",
             *table("what", "figure", "goal")]
    syncs_rate, rate = results["syncs"], results["publishes"]
    lines.append(row("fdatasync of this disk, one writer", f"{syncs_rate:,.0f}/s", "–"))
    lines.append(row("durable publishes", f"{rate:,.0f}/s",
                     verdict(f"{rate / syncs_rate:.1f} × the disk's", "≥ 3 ×", rate >= 3 * syncs_rate)))
    peer = results["nats"]
    gap = missing(peer)
    lines.append(row("nats-server, JetStream on files, `sync_interval: always`",
                     absent(gap) if gap is not False else f"{peer:,.0f}/s",
                     "–" if gap is not False else verdict(f"{rate / peer:.1f} × it", "≥ 2 ×", rate >= 2 * peer)))
    found = results["latency"]
    if isinstance(found, NotMeasured):
        lines.append(row("publish → handler", absent(found), "–"))
    else:
        at, p50, p99 = found
        lines.append(row(f"publish → handler at {at:,.0f}/s", f"p50 {p50} ms, p99 {p99} ms",
                         verdict("3 ms, 20 ms", "p50 ≤ 3, p99 ≤ 20", p50 <= 3 and p99 <= 20)))
    for name, text, goal in (("noop", "v8", 15_000), ("noop-node", "Node.js", 8_000)):
        found = results[name]
        gap = missing(found)
        lines.append(row(f"deliveries to a function on {text} that does nothing",
                         absent(gap) if gap is not False else f"{found:,.0f}/s",
                         "–" if gap is not False else verdict(f"{found:,.0f}/s", f"≥ {goal:,}/s", found >= goal)))
    found = results["backlog"]
    if isinstance(found, NotMeasured):
        lines.append(row("backlog", absent(found), "–"))
        return lines
    count = f"{found['count']:,}"
    lines += [
        row(f"memory of the supervisor with {count} events waiting", f"{found['memory']:.0f} MiB",
            verdict("", "≤ 200 MB", found["memory"] * MIB <= 200e6)),
        row("publishes with them there", f"{found['rate']:,.0f}/s",
            verdict(f"{found['slower']:.0%} slower", "≤ 20 %", found["slower"] <= 0.2)),
        row("start after SIGKILL", f"{found['ready']:,.0f} ms", verdict("", "≤ 2 s", found["ready"] <= 2000)),
        row("first delivery after it", f"{found['first']:,.0f} ms", verdict("", "≤ 2 s", found["first"] <= 2000)),
    ]
    return lines
