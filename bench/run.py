#!/usr/bin/env python3
"""Measures Avocet beside its peers in one run on this machine and writes docs/benchmarks.md.

    make bench                        everything (about 15 minutes)
    python3 bench/run.py scripts      only one part, or several: rate, scripts, guests, services, start, memory, events, cost
    python3 bench/run.py --quick      short rounds, for a look; writes nothing

Servers are pinned to core 0 (the whole platform: gateway and worker), the load generator to core 1.
Rounds of the servers alternate, so that a slow moment of the machine hits all of them; the figure is
the median of the rounds. What cannot be measured has a row that says why.
"""
import argparse
import datetime

from avocet_bench import cost, events, guests, memory, rate, scripts, services, start
from avocet_bench.base import ROOT, NotMeasured, note
from avocet_bench.report import guarded, machine

PARTS = {"rate": rate, "scripts": scripts, "guests": guests, "services": services, "start": start, "memory": memory, "events": events, "cost": cost}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)} (default: all but cost, which needs root and perf)")
    parser.add_argument("--quick", action="store_true", help="short rounds; print, write nothing")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    parts = options.parts or [part for part in PARTS if part != "cost"]
    lines = ["# Benchmarks", "", "Written by `make bench`; do not edit.", "",
             f"{datetime.date.today().isoformat()}, {machine()}", ""]
    for part in PARTS:
        if part not in parts:
            continue
        note(f"part {part}")
        result = guarded(PARTS[part].measure, options.quick)
        if isinstance(result, NotMeasured):
            note(f"part {part}: {result}")
            lines += [f"## {part.capitalize()}", "", f"Not measured: {result}", ""]
        else:
            lines += [*PARTS[part].report(result), ""]
    text = "\n".join(lines)
    print(text)
    if not options.quick and not options.parts:
        (ROOT / "docs/benchmarks.md").write_text(text)
        note("written to docs/benchmarks.md")


if __name__ == "__main__":
    main()
