"""A million users: peak memory while 1,000 accounts of 1,000 users are written and become tables, and `stale_keys`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measurement import Measurement
from iamsql.runs.store.reader import open_run

ACCOUNTS, USERS = 1_000, 1_000


def measure() -> Iterator[Measurement]:
    """Build the run file in a process of its own, to measure its peak memory, and query the file in this process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.duckdb"
        command = [sys.executable, "-m", "benchmarks.many_users", str(path), str(ACCOUNTS), str(USERS)]
        figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        times = f"{figures['write']:.0f} s writing, {figures['tables']:.0f} s for the tables"
        per_user = figures["size"] / (ACCOUNTS * USERS)
        size = f"{figures['size'] / 2**20:,.0f} MiB file, {per_user:,.0f} bytes a user, {times}"
        peak = figures["peak"] / 2**20
        name = f"peak memory, {ACCOUNTS:,} accounts × {USERS:,} users"
        yield Measurement(name, f"{peak:,.0f} MiB", size, f"{peak / 1024:.2f}", "under 1 GiB", peak < 1024)
        seconds, rows = time_stale_keys(path)
    name = f"`stale_keys` over {ACCOUNTS * USERS:,} users"
    yield Measurement(name, f"{seconds * 1000:.0f} ms", f"{rows:,} keys found", "", "under 500 ms", seconds < 0.5)


def time_stale_keys(path: Path) -> tuple[float, int]:
    """Compute each cell of the answer three times, and return the least seconds and the number of rows."""
    reader = open_run(path)
    least, rows = 1e9, 0
    for _ in range(3):
        start = time.perf_counter()
        rows = reader.run("select count(*), bit_xor(hash(k)) from stale_keys() k").rows[0][0]
        least = min(least, time.perf_counter() - start)
    reader.close()
    return least, rows
