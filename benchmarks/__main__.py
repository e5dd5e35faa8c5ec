"""Run the benchmarks named, or all of them, and print one table: python -m benchmarks [wall] [throttle] [cpu] …"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from benchmarks.rows import Row, machine, markdown

ALL = ("wall", "throttle", "cpu", "million", "large", "start", "landing", "trail")


def main(names: Sequence[str]) -> int:
    """Measure and print; 1 when an aim is missed, 2 for an unknown name."""
    if unknown := sorted(set(names) - set(ALL)):
        print(f"No benchmark is named {unknown[0]}; there are: {', '.join(ALL)}", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for name in names or ALL:
        print(f"measuring {name} …", file=sys.stderr)
        rows.extend(importlib.import_module(f"benchmarks.{name}").measure())
    print(f"{markdown(rows)}\n\n{machine()}")
    return int(any(row.holds is False for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
