"""Whole processes, as a user starts them: the version, and a named query on a small run."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from benchmarks.rows import Row

TIMES = 11


def measure() -> Iterator[Row]:
    """Take the median of whole processes, beside an interpreter that does nothing."""
    nothing = median([sys.executable, "-c", "pass"])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IAMSQL_RUNS"] = folder
        iamsql = [sys.executable, "-m", "iamsql"]
        subprocess.run([*iamsql, "sync", "--demo", "--quiet", "--runs", folder], check=True, capture_output=True)
        version = median([*iamsql, "--version"])
        query = median([*iamsql, "query", "stale_keys", "--runs", folder])
    python = f"{nothing * 1000:.0f} ms for python alone"
    yield row("iamsql --version", version, python, 0.15)
    yield row("iamsql query stale_keys", query, python, 0.35)


def row(command: str, seconds: float, against: str, aim: float) -> Row:
    """Hold a process's time against its aim."""
    what = f"`{command}`, whole process"
    return Row(what, f"{seconds * 1000:.0f} ms", against, "", f"< {aim * 1000:.0f} ms", seconds < aim)


def median(command: list[str]) -> float:
    """Run a command some times and take the median of its wall time; the first run warms the disk and is left out."""
    seconds = []
    for _ in range(TIMES + 1):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds[1:])
