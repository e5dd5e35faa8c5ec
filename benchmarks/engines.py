"""Each certified query on Sail's local cluster compared with DuckDB, over a lake of varied events; the times are in engines.csv."""

from __future__ import annotations

import csv
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measurement import Measurement
from benchmarks.processes import fresh_home, iamsql, run
from benchmarks.varied_runs import varied_run
from iamsql.catalog import bind, load, shipped_folder
from iamsql.lake.engines.certified import certificates
from iamsql.lake.engines.spark_connect import SparkConnect
from iamsql.lake.open import mounted_lake
from iamsql.lake.remote import table_uris
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.execute import answer
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.reader import open_run
from tests.lake.engines.certify import sail_server
from tests.lake.engines.compare import has_same_rows

EVENTS = 3_000_000
TIMES = Path(__file__).with_name("engines.csv")
MODE = "local-cluster"
REPEATS, SLOW = 3, 2.0  # a query that takes more seconds is executed once
MAX_SECONDS = 60.0


class Times(NamedTuple):
    """A query with the rows of its answer, and the least seconds on both engines; `reason` is why an engine did not answer."""

    query: str
    lake_events: int
    rows: int | None = None
    duckdb_seconds: float | None = None
    sail_seconds: float | None = None
    reason: str = ""

    @property
    def ratio(self) -> float:
        """Return the time of Sail as a multiple of DuckDB's time."""
        return (self.sail_seconds or 0.0) / (self.duckdb_seconds or 1.0)


def measure() -> Iterator[Measurement]:
    """Measure each certified query that needs no arguments, and write the times to engines.csv."""
    with fresh_home() as home:
        lake = home / "lake"
        run([iamsql(), "lake", "add", str(varied_run(EVENTS)), "--lake", str(lake)], home, {})
        found = list(all_times(lake, certified()))
    write(found)
    answered = [row for row in found if not row.reason]
    sail, duckdb = (sum(getattr(row, f"{engine}_seconds") for row in answered) for engine in ("sail", "duckdb"))
    name = f"{len(answered)} of {len(found)} certified queries on Sail's local cluster, a lake of {EVENTS:,} events"
    ratio = statistics.median(row.ratio for row in answered)
    yield Measurement(name, f"{sail:.1f} s", f"DuckDB {duckdb:.1f} s", f"{ratio:.1f}× in the median")


def certified() -> list[Query]:
    """Return the queries that are certified on Sail, without those that need arguments."""
    queries = {name: versions[-1] for name, versions in load([shipped_folder()]).items()}
    answered = {name for name, found in certificates("sail").items() if found.result == "ok"}
    return [
        query
        for name, query in queries.items()
        if name in answered
        and certificates("sail")[name].is_current(query)
        and not any(param.required for param in query.params)
    ]


def all_times(lake: Path, queries: Sequence[Query]) -> Iterator[Times]:
    """Yield the times of queries over the newest run of a lake."""
    with sail_server(MODE) as url, mounted_lake(str(lake), {}, None) as mount:
        path, view = next(iter(mount.views.items()))
        events = sum(file.file.rows for file in view.events)
        server = SparkConnect(url, table_uris(view), view.newest_run, view.since, max_seconds=MAX_SECONDS)
        with closing(server) as engine:
            for query in queries:
                found = times(query, path, engine, Times(query.name, events))
                print(f"    {' '.join(map(text, found))}", file=sys.stderr, flush=True)
                yield found


def times(query: Query, path: Path, engine: SparkConnect, row: Times) -> Times:
    """Return the times of a query, or the reason why an engine did not answer it."""
    values = bind(query, {})
    try:
        with closing(open_run(path, limits=StatementLimits(MAX_SECONDS))) as reader:
            expected, seconds = measured(lambda: answer(reader, query, values).result)
        row = row._replace(rows=len(expected.rows), duckdb_seconds=seconds)
        types = list(zip(expected.columns, expected.types, strict=True))
        actual, seconds = measured(lambda: engine.run(query, values, types))
    except IamsqlError as error:
        return row._replace(reason=str(error).partition("\n")[0])
    if len(actual.rows) != len(expected.rows):
        return row._replace(reason=f"{len(actual.rows)} rows instead of {len(expected.rows)}")
    if not has_same_rows(actual, expected):
        return row._replace(reason="other values than in DuckDB")
    return row._replace(sail_seconds=seconds)


def measured(action: Callable[[], Result]) -> tuple[Result, float]:
    """Return a result with the seconds of its first execution if that is slow, otherwise with the least of several more."""
    result, first = timed(action)
    return result, first if first > SLOW else min(timed(action)[1] for _ in range(REPEATS))


def timed(action: Callable[[], Result]) -> tuple[Result, float]:
    """Return a result with its seconds."""
    start = time.perf_counter()
    return action(), time.perf_counter() - start


def write(found: Sequence[Times]) -> None:
    """Write the times to engines.csv."""
    with TIMES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Times._fields)
        writer.writerows([text(value) for value in row] for row in found)


def text(value: Any) -> str:
    """Return a cell: seconds with three decimal places, and nothing for what was not measured."""
    return f"{value:.3f}" if isinstance(value, float) else "" if value is None else str(value)
