"""Rows of the report, and what it says of the machine."""
import os
import pathlib
import re
import subprocess

from .base import AVOCET, MIB, NotMeasured


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    total = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())[1])
    run = lambda *c: subprocess.run(c, capture_output=True, text=True).stdout.strip()
    return (f"{os.cpu_count()} cores ({model[1] if model else 'unknown'}), {total / 2**20:.0f} GiB, "
            f"Linux {os.uname().release.split('-')[0]}; {run(AVOCET, '--version')}; Node.js {run('node', '--version')}")


def table(*head):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def verdict(value, wanted, good):
    return f"{value} (wanted {wanted}: {'reached' if good else '**not reached**'})"


def absent(reason):
    return f"not measured: {reason}"


def missing(*values):
    """The first of these that is the reason for having no figure."""
    return next((value for value in values if value is None or isinstance(value, Exception)), False)


def ratio(ours, theirs, wanted, more=True):
    """How many times theirs ours is, with its verdict; `more` is whether more is better."""
    gap = missing(ours, theirs)
    if gap is not False:
        return absent(gap)
    value = ours / theirs
    good = value >= wanted if more else value <= wanted
    return verdict(f"{value:.2f}×", f"{'≥' if more else '≤'} {wanted}×", good)


def at_most(value, wanted, unit, shown=lambda number: f"{number:.1f}"):
    """A figure that has an upper bound in the same unit."""
    gap = missing(value)
    if gap is not False:
        return absent(gap)
    return verdict(f"{shown(value)} {unit}", f"≤ {shown(wanted) if callable(wanted) else wanted} {unit}", value <= wanted)


def no_more(ours, theirs, unit, digits=1):
    """A figure that a peer's figure of the same run bounds."""
    gap = missing(ours, theirs)
    if gap is not False:
        return absent(gap)
    return verdict(f"{ours:.{digits}f} {unit}", f"≤ {theirs:.{digits}f} {unit}", ours <= theirs)


def field(figures, name):
    """One figure of a server, or why there is none."""
    return figures if missing(figures) is not False else getattr(figures, name)


def mib(count):
    return f"{count / MIB:.1f}"


def guarded(measure, *arguments):
    """A result, or the reason for having none."""
    try:
        return measure(*arguments)
    except (NotMeasured, OSError, subprocess.SubprocessError) as reason:
        return NotMeasured(str(reason))
