"""Memory of scripts: resident, per idle connection, per timer, under waits and a large upload."""
import contextlib
import json
import resource
import socket
import struct
import subprocess
import time

from .base import AVOCET, MIB, NotMeasured, SERVER_CORE, first_line, note
from .load import wrk
from .processes import PEERS, SCRIPTS, peer, script, status_bytes
from .report import absent, at_most, guarded, missing, no_more, row, verdict

SERVERS = {"Avocet": lambda: script("hello.js"), "node:http": lambda: peer("node-http.js")}


def measure(quick):
    large = 256 if quick else 1024
    result = {
        "resident": {name: guarded(resident, begin) for name, begin in SERVERS.items()},
        "connections": {name: guarded(idle_connections, begin) for name, begin in SERVERS.items()},
        "timers": {
            "Avocet": guarded(printed, [AVOCET, SCRIPTS / "timers.js"]),
            "Node.js": guarded(printed, ["node", PEERS / "node-timers.js"]),
        },
        "wait": guarded(printed, [AVOCET, SCRIPTS / "wait.js"]),
        "upload": guarded(upload, large),
    }
    for what, found in result.items():
        note(f"{what}: {found}")
    return result


def resident(begin):
    """Resident bytes of a server's process: after its first answer, and after load."""
    with begin() as server:
        server.wait_ready()
        time.sleep(1)
        idle = status_bytes(server.child.pid, "VmRSS")
        wrk(server.port, seconds=3)
        time.sleep(2)
        return idle, status_bytes(server.child.pid, "VmRSS")


def idle_connections(begin, most=10_000):
    """Resident bytes for each connection that made one request and stays, with their number."""
    files, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(most, limit - 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(files, most + 500), limit))
    # Closed with a reset: no port stays occupied for the servers that are measured next.
    reset = struct.pack("ii", 1, 0)
    with begin() as server, contextlib.ExitStack() as stack:
        server.wait_ready()
        time.sleep(1)
        before = status_bytes(server.child.pid, "VmRSS")
        sockets = []
        for _ in range(most):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            sockets.append(client)
        for client in sockets:
            if b" 200 " not in client.recv(4096):
                raise NotMeasured("a connection got no answer")
        return (status_bytes(server.child.pid, "VmRSS") - before) / most, most


def printed(command):
    """What a program prints as JSON."""
    done = subprocess.run(["taskset", "-c", SERVER_CORE, *map(str, command)], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise NotMeasured(first_line(done.stderr))
    return json.loads(done.stdout)


def upload(megabytes):
    """Peak memory of one process after an upload of 64 MB and after a large one; seconds of the latter."""
    with script("upload.js") as server:
        server.wait_ready()
        send(server.port, 64)
        small = status_bytes(server.child.pid, "VmHWM")
        begun = time.perf_counter()
        send(server.port, megabytes)
        took = time.perf_counter() - begun
        return {"megabytes": megabytes, "seconds": took, "small": small,
                "large": status_bytes(server.child.pid, "VmHWM")}


def send(port, megabytes):
    """One multipart body of two parts, a field and a file of so many MiB."""
    head = (b'--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--edge\r\n'
            b'Content-Disposition: form-data; name="file"; filename="f"\r\n'
            b'Content-Type: application/octet-stream\r\n\r\n')
    tail, block = b"\r\n--edge--\r\n", bytes(range(256)) * 4096
    length = len(head) + megabytes * MIB + len(tail)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
                       b"Content-Length: %d\r\n\r\n" % length + head)
        for _ in range(megabytes):
            client.sendall(block)
        client.sendall(tail)
        answer = client.recv(4096)
    if not answer.endswith(str(megabytes * MIB + 1).encode()):
        raise NotMeasured(f"the upload was answered {answer[:100]!r}")


def rows(result):
    lines = []
    ours, theirs = result["resident"]["Avocet"], result["resident"]["node:http"]
    for n, when in enumerate(("idle", "after load")):
        mine, other = (value if missing(value) is not False else value[n] / MIB for value in (ours, theirs))
        lines.append(row(f"resident memory, {when}, against node:http", no_more(mine, other, "MiB")))
    ours, theirs = result["connections"]["Avocet"], result["connections"]["node:http"]
    if missing(ours) is not False:
        lines.append(row("memory of an idle connection", absent(ours)))
    else:
        peer_each = "not measured" if missing(theirs) is not False else f"{theirs[0] / 1000:.1f} KB"
        lines.append(row(f"memory of an idle connection, of {ours[1]:,} (node:http: {peer_each})",
                         at_most(ours[0] / 1000, 10, "KB")))
    ours, theirs = (value if missing(value) is not False else value["each"] for value in result["timers"].values())
    lines.append(row("memory of a pending timer, of 1,000,000, against Node.js", no_more(ours, theirs, "bytes", 0)))
    lines += waits(result["wait"]) + uploads(result["upload"])
    return lines


def waits(found):
    if missing(found) is not False:
        return [row("wait()", absent(found))]
    deep = f"{found['deep']} ms, {found['bytes'] / MIB:.1f} MiB"
    many = f"{found['many']} ms, {found['done']} returned"
    return [row("wait() 1,000 deep", deep), row("wait(), 100 outstanding", verdict(many, "all", found["done"] == 100))]


def uploads(found):
    if missing(found) is not False:
        return [row("multipart upload", absent(found))]
    size = f"{found['megabytes'] / 1024:g} GB" if found["megabytes"] >= 1024 else f"{found['megabytes']} MB"
    peak = f"{found['large'] / MIB:.1f} MiB in {found['seconds']:.1f} s"
    # V8's young generation grows to its full size in the course of a large upload, and no further.
    wanted = f"≤ 32 MiB over that for 64 MB, {found['small'] / MIB:.1f} MiB"
    good = found["large"] <= found["small"] + 32 * MIB
    return [row(f"multipart upload of {size}, peak memory", verdict(peak, wanted, good))]
