"""Run all benchmarks, or some, and print a table: python -m benchmarks [wall] [throttle] [cpu] …"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from benchmarks.measurement import Measurement, machine, markdown

ALL = ("wall", "throttle", "cpu", "million", "large", "page", "notify", "start", "insert", "trail")


def main(names: Sequence[str]) -> int:
    """Measure and print. Return 1 if a target is missed, and 2 for an unknown name."""
    if unknown := sorted(set(names) - set(ALL)):
        print(f"There is no benchmark {unknown[0]}. Use one of: {', '.join(ALL)}", file=sys.stderr)
        return 2
    measurements: list[Measurement] = []
    for name in names or ALL:
        print(f"measuring {name} …", file=sys.stderr)
        measurements.extend(importlib.import_module(f"benchmarks.{name}").measure())
    print(f"{markdown(measurements)}\n\n{machine()}")
    return int(any(row.is_met is False for row in measurements))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
