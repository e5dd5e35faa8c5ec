"""A million users: peak memory while 1,000 accounts of 1,000 are landed and shaped, then `stale_keys` over them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.rows import Row

ACCOUNTS, USERS = 1_000, 1_000


def measure() -> Iterator[Row]:
    """Build the file in a process of its own, so that its peak is its own; then ask it in this one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.duckdb"
        built = subprocess.run(
            [sys.executable, "-m", "benchmarks.giant", str(path), str(ACCOUNTS), str(USERS)],
            check=True,
            capture_output=True,
            text=True,
        )
        told = json.loads(built.stdout)
        size = f"{told['size'] / 2**20:,.0f} MiB file, {told['land']:.0f} s landing, {told['shape']:.0f} s shaping"
        peak = told["peak"] / 2**20
        what = f"peak memory, {ACCOUNTS:,} accounts × {USERS:,} users"
        yield Row(what, f"{peak:,.0f} MiB", size, f"{peak / 1024:.2f}", "< 1 GiB", peak < 1024)
        seconds, rows = ask(path)
    what = f"`stale_keys` over {ACCOUNTS * USERS:,} users"
    yield Row(what, f"{seconds * 1000:.0f} ms", f"{rows:,} keys found", "", "< 500 ms", seconds < 0.5)


def ask(path: Path) -> tuple[float, int]:
    """Compute every cell of the query's answer, as a macro: seconds (best of three) and rows."""
    from iamsql.store.reader import open_run

    reader = open_run(path)
    best, rows = 1e9, 0
    for _ in range(3):
        begun = time.perf_counter()
        rows = reader.run("select count(*), bit_xor(hash(k)) from stale_keys() k").rows[0][0]
        best = min(best, time.perf_counter() - begun)
    reader.close()
    return best, rows
