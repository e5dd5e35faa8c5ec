"""Run all benchmarks, or some, and print a table: python -m benchmarks [sync] [throttle] [cpu] …"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measurement import Measurement, machine, markdown, missed, save
from benchmarks.processes import PYTHON, REPEAT, ProcessFailed

ALL = (
    *("sync", "small", "cpu", "throttle", "scale", "shards"),
    *(
        "start",
        "planning",
        "million",
        "large",
        "resource_access",
        "page",
        "notify",
        "insert",
        "trail",
        "action_use",
        "lake",
        "engines",
    ),
    "interfaces",
)
QUIET = 1.0  # the load average up to which times are reliable


def main(arguments: Sequence[str]) -> int:
    """Measure and print. Return 1 if a target is missed or a measurement fails."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(ALL)}")
    parser.add_argument("--python", default=sys.executable, help="the Python beside which iamsql is installed")
    parser.add_argument("--repeat", type=int, default=3, help="how often short syncs are measured; the median counts")
    parser.add_argument("--save", action="store_true", help="write the figures for the documentation to results.json")
    given = parser.parse_args(arguments)
    if unknown := sorted(set(given.names) - set(ALL)):
        parser.error(f"There is no benchmark {unknown[0]}. Use one of: {', '.join(ALL)}")
    os.environ[PYTHON], os.environ[REPEAT] = str(Path(given.python).absolute()), str(given.repeat)
    load = warn_of_load()
    measurements: list[Measurement] = []
    for name in given.names or ALL:
        found = list(measured(name))
        if given.save:
            save(name, found, load)
        measurements += found
    print(f"{markdown(measurements)}\n\n{machine()}\n\n{missed(measurements) or 'All targets are met.'}")
    return int(bool(missed(measurements)))


def warn_of_load() -> float:
    """Print the load average of the last minute, with a warning if other processes need the cores, and return it."""
    load = os.getloadavg()[0]
    print(f"The load average is {load:.1f}.", file=sys.stderr)
    if load > QUIET:
        print("Other processes use the cores: times are too long, and ratios of them are unreliable.", file=sys.stderr)
    return load


def measured(name: str) -> list[Measurement]:
    """Run a benchmark, and print each figure on stderr at once. A process that fails ends the benchmark with a missed target."""
    print(f"measuring {name} …", file=sys.stderr)
    found: list[Measurement] = []
    try:
        for row in importlib.import_module(f"benchmarks.{name}").measure():
            found.append(row)
            verdict = {True: "met", False: "missed", None: ""}[row.is_met]
            print(
                f"  {row.name}: {row.iamsql} | {row.reference} | {row.ratio} | {row.target} {verdict}", file=sys.stderr
            )
    except (ProcessFailed, subprocess.CalledProcessError, OSError) as error:
        print(f"  {error}", file=sys.stderr)
        found.append(Measurement(f"`{name}`", "failed", target="no failure", is_met=False))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
