"""Scripts on the evented API beside Node.js and other runtimes: requests, messages, first answers."""
import pathlib
import subprocess
import tempfile

from . import footprint
from .base import note
from .load import alternate, echo, wrk
from .processes import Line, PEERS, Process, free_port, peer, runtime, script
from .report import absent, field, guarded, missing, no_more, ratio, row, table, verdict
from .start import boots

SCRIPT = "Avocet"


def measure(quick):
    """{what: {server: Figures or NotMeasured}}, with the results of `footprint` beside them."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        result = {}
        for what, (servers, load) in subjects(folder).items():
            # The rows of the hello world compare a tail and microseconds: more and shorter rounds.
            rounds, seconds = (1, 3) if quick else (7, 2) if what == "hello" else (3, 3)
            result[what] = alternate(what, servers, dict.fromkeys(servers, load), rounds, seconds)
        result["start"] = boots({
            SCRIPT: lambda: script("hello.js"), "node:http": lambda: peer("node-http.js"),
            "Deno": lambda: runtime("deno", "deno-http.js"), "Bun": lambda: runtime("bun", "bun-http.js"),
        }, 5 if quick else 15)
    result["footprint"] = footprint.measure(quick)
    return result


def subjects(folder):
    """{what: (servers, load)}: the same program for each server, the same load on it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    file = folder / "file.txt"
    file.write_text("0123456789abcde\n" * 4096)
    made = guarded(certify, key, certificate)
    if isinstance(made, Exception):
        note(f"no certificate: {made}")
    secure = {"KEY": str(key), "CERTIFICATE": str(certificate)}
    return {
        "hello": ({
            SCRIPT: lambda: script("hello.js"),
            "node:http": lambda: peer("node-http.js"),
            "Deno": lambda: runtime("deno", "deno-http.js"),
            "Bun": lambda: runtime("bun", "bun-http.js"),
        }, lambda server, seconds: wrk(server.port, seconds=seconds)),
        "tls": ({
            SCRIPT: lambda: script("tls.js", key, certificate, secure=True),
            "node:https": lambda: node("node-https.js", secure, secure=True),
        }, lambda server, seconds: wrk(server.port, secure=True, seconds=seconds)),
        "cat": ({
            SCRIPT: lambda: script("cat.js", file),
            "node:http, fs.readFile": lambda: node("node-cat.js", {"FILE": str(file)}),
        }, lambda server, seconds: wrk(server.port, seconds=seconds)),
        "echo": ({
            SCRIPT: lambda: script("echo.js", kind=Line),
            "node:net": lambda: node("node-echo.js", {}, kind=Line),
        }, lambda server, seconds: echo(server.port, seconds=seconds)),
    }


def certify(key, certificate):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], capture_output=True, check=True)


def node(name, env, kind=Process, **options):
    port = free_port()
    return kind(["node", PEERS / name], port, env={"PORT": str(port), **env}, **options)


TITLES = {
    "hello": "hello world", "tls": "hello world over TLS", "cat": "a file of 64 KB read per request",
    "echo": "1 KB echoed over TCP",
}
WANTED = {"hello": ("node:http", 1.4), "tls": ("node:https", 1.0), "cat": ("node:http, fs.readFile", 1.0),
          "echo": ("node:net", 1.2)}


def report(result):
    lines = ["## Scripts", "",
             "Programs on the evented API, one process on one core; 64 connections that stay open, the load "
             "on the other core; median of alternating rounds.", "",
             *table("what", "server", "per second", "p50 ms", "p99 ms", "processor time each, µs")]
    for what, title in TITLES.items():
        for name, figures in result[what].items():
            if missing(figures) is not False:
                lines.append(row(title, name, absent(figures), "–", "–", "–"))
            else:
                lines.append(row(title, name, f"{figures.rate:,.0f}", f"{figures.p50:.2f}", f"{figures.p99:.2f}",
                                 f"{figures.cpu:.2f}"))
    lines += ["", *table("what", "result")]
    for what, (other, wanted) in WANTED.items():
        ours, theirs = result[what][SCRIPT], result[what][other]
        lines.append(row(f"{TITLES[what]}, ÷ {other}", ratio(field(ours, "rate"), field(theirs, "rate"), wanted)))
    hello, start = result["hello"], result["start"]
    ours = hello[SCRIPT]
    lines += [
        row("hello world, p99 against node:http", no_more(field(ours, "p99"), field(hello["node:http"], "p99"), "ms", 2)),
        row("hello world, processor time per request against Deno",
            no_more(field(ours, "cpu"), field(hello["Deno"], "cpu"), "µs", 2)),
        row("start to first answer against node", no_more(start[SCRIPT], start["node:http"], "ms")),
    ]
    for name in ("Deno", "Bun"):
        value = start[name]
        shown = f"{value:.1f} ms" if missing(value) is False else absent(value)
        lines.append(row(f"start to first answer, {name}", shown))
    return lines + footprint.rows(result["footprint"])
