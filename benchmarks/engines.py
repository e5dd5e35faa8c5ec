"""Each certified query on Sail beside DuckDB, over the Parquet files of the sample organization; the times are in engines.csv."""

from __future__ import annotations

import csv
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measurement import Measurement
from iamsql.catalog import bind, load, shipped_folder
from iamsql.engines.certified import certificates
from iamsql.engines.spark_connect import SparkConnect
from iamsql.model import Query
from iamsql.query.session import Session
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.engines.certify import sail_server
from tests.engines.parquet_files import export

TIMES = Path(__file__).with_name("engines.csv")
REPEATS = 3


class Times(NamedTuple):
    """A query with the rows of its answer, and the least seconds on both engines."""

    query: str
    rows: int
    duckdb_seconds: float
    sail_seconds: float


def measure() -> Iterator[Measurement]:
    """Measure each certified query without other parameters than defaults, and write the times to engines.csv."""
    with tempfile.TemporaryDirectory() as folder, sail_server() as url:
        run = sync(Options(runs=Path(folder), demo=True, tables=("all",), trail="auto"), Progress()).path
        if run is None:
            raise ValueError("the sync wrote no run file")
        files = export(run, Path(folder) / "parquet")
        with closing(Session(run)) as session, closing(SparkConnect(url, files)) as engine:
            found = [times(query, session, engine) for query in _certified()]
    with TIMES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Times._fields)
        writer.writerows((row.query, row.rows, f"{row.duckdb_seconds:.3f}", f"{row.sail_seconds:.3f}") for row in found)
    ratio = statistics.median(row.sail_seconds / row.duckdb_seconds for row in found)
    sail, duckdb = sum(row.sail_seconds for row in found), sum(row.duckdb_seconds for row in found)
    name = f"{len(found)} certified queries on Sail, sample organization"
    yield Measurement(name, f"{sail:.1f} s", f"DuckDB {duckdb:.1f} s", f"{ratio:.1f}× in the median")


def _certified() -> list[Query]:
    queries = (versions[-1] for versions in load([shipped_folder()]).values())
    return [
        query
        for query in queries
        if certificates("sail")[query.name].result == "ok" and not any(param.required for param in query.params)
    ]


def times(query: Query, session: Session, engine: SparkConnect) -> Times:
    """Return the times of a query."""
    values = bind(query, {})
    result = session.answer(query, values).result
    types = list(zip(result.columns, result.types, strict=True))
    duckdb = _least(lambda: session.answer(query, values))
    return Times(query.name, len(result.rows), duckdb, _least(lambda: engine.run(query, values, types)))


def _least(action: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
