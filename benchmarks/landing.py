"""Landing: columns bound as lists and unnested, as the store writes, against executemany and against read_json."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from benchmarks.rows import Row

ITEMS, FEW = 200_000, 5_000
SHAPE = "account_id varchar, item json"


def measure() -> Iterator[Row]:
    """Compare rows a second."""
    item = json.dumps({"EventId": "e" * 36, "EventName": "ConsoleLogin", "CloudTrailEvent": "x" * 360})
    with tempfile.TemporaryDirectory() as folder:
        con = duckdb.connect(str(Path(folder) / "landing.duckdb"))
        con.execute(f"create table landed ({SHAPE})")
        bulk = "insert into landed select ?, unnest(?::varchar[])"
        lists = rate(ITEMS, lambda: con.execute(bulk, ["1", [item] * ITEMS]))
        con.begin()
        single = rate(FEW, lambda: con.executemany("insert into landed values (?, ?)", [("1", item)] * FEW))
        con.commit()
        lines = Path(folder) / "items.json"
        lines.write_text(f"{item}\n" * ITEMS)
        read = f"insert into landed select '1', json from read_json_objects('{lines}')"
        from_file = rate(ITEMS, lambda: con.execute(read))
        con.close()
    ours, what = f"{lists:,.0f} rows/s", "landing: bound lists, unnested"
    yield Row(what, ours, f"{single:,.0f} rows/s row by row", f"{lists / single:.0f}×")
    yield Row(what, ours, f"{from_file:,.0f} rows/s read_json from a file", f"{lists / from_file:.2f}×")


def rate(rows: int, work: Callable[[], object]) -> float:
    """Time some work and tell how many rows a second it made."""
    begun = time.perf_counter()
    work()
    return rows / (time.perf_counter() - begun)
