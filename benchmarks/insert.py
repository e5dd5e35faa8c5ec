"""Bulk inserts as the writer makes them, from lists of values, compared with executemany and with read_json."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from benchmarks.measurement import Measurement

ITEMS, FEW = 200_000, 5_000


def measure() -> Iterator[Measurement]:
    """Compare rows per second."""
    item = json.dumps({"EventId": "e" * 36, "EventName": "ConsoleLogin", "CloudTrailEvent": "x" * 360})
    with tempfile.TemporaryDirectory() as folder:
        con = duckdb.connect(str(Path(folder) / "insert.duckdb"))
        con.execute("create table items (account_id varchar, item json)")
        bulk = "insert into items select ?, unnest(?::varchar[])"
        lists = rows_per_second(ITEMS, lambda: con.execute(bulk, ["1", [item] * ITEMS]))
        con.begin()
        single = rows_per_second(FEW, lambda: con.executemany("insert into items values (?, ?)", [("1", item)] * FEW))
        con.commit()
        lines = Path(folder) / "items.json"
        lines.write_text(f"{item}\n" * ITEMS)
        read = f"insert into items select '1', json from read_json_objects('{lines}')"
        from_file = rows_per_second(ITEMS, lambda: con.execute(read))
        con.close()
    name, iamsql = "bulk inserts", f"{lists:,.0f} rows/s"
    yield Measurement(name, iamsql, f"{single:,.0f} rows/s one by one", f"{lists / single:.0f}×")
    yield Measurement(name, iamsql, f"{from_file:,.0f} rows/s read_json from a file", f"{lists / from_file:.2f}×")


def rows_per_second(rows: int, write: Callable[[], object]) -> float:
    """Write rows, and return the number of rows per second."""
    start = time.perf_counter()
    write()
    return rows / (time.perf_counter() - start)
