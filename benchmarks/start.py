"""Time of a process, as a user starts it: the version, and a query on a small run."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from benchmarks.measurement import Measurement

TIMES = 11


def measure() -> Iterator[Measurement]:
    """Measure the median time of each command, and of a Python that does nothing."""
    nothing = median([sys.executable, "-c", "pass"])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IAMSQL_RUNS"] = folder
        iamsql = [sys.executable, "-m", "iamsql"]
        subprocess.run([*iamsql, "sync", "--demo", "--quiet", "--runs", folder], check=True, capture_output=True)
        version = median([*iamsql, "--version"])
        query = median([*iamsql, "query", "stale_keys", "--runs", folder])
    python = f"{nothing * 1000:.0f} ms for python alone"
    yield compare("iamsql --version", version, python, 0.07)
    yield compare("iamsql query stale_keys", query, python, 0.25)


def compare(command: str, seconds: float, reference: str, target: float) -> Measurement:
    """Compare the time of a command with its target."""
    name = f"`{command}`, process start to end"
    return Measurement(name, f"{seconds * 1000:.0f} ms", reference, "", f"< {target * 1000:.0f} ms", seconds < target)


def median(command: list[str]) -> float:
    """Run a command TIMES times after a first run, which fills the caches, and return the median seconds."""
    seconds = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])
