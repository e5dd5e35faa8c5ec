"""What many tests share: one run of the demo organization, made once, on a day that never changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest

from iamsql.demo import Room
from iamsql.sync import Options, sync
from iamsql.sync.options import SilentProgress

DAY = date(2026, 3, 2)
SHARED = Path(__file__).resolve().parents[2] / "shared"


_connect = duckdb.connect
_temporary_files = TemporaryDirectory(prefix="iamsql-tests-")


def connect(
    database: str | Path = ":memory:", read_only: bool = False, config: Any = None
) -> duckdb.DuckDBPyConnection:
    """Open a database; one in memory writes its temporary files to a private folder instead of ./.tmp."""
    if str(database).startswith(":memory:"):
        config = {"temp_directory": _temporary_files.name} | (config or {})
    return _connect(database, read_only, config or {})


# Before any test module is imported, because some of them connect when they are.
duckdb.connect = connect


def opened(run: Path) -> duckdb.DuckDBPyConnection:
    """Open a run with DuckDB alone, without the optimizer that takes longest over large queries."""
    return duckdb.connect(str(run), read_only=True, config={"disabled_optimizers": "projection_pullup"})


@pytest.fixture(scope="session")
def demo_room() -> Room:
    """Give the demo organization as it stood on DAY at noon; `demo_run` has read it."""
    return Room(DAY)


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory, demo_room: Room) -> Path:
    """Give the run file of the demo organization as it stood on DAY at noon: every table, and the organization's trail."""
    runs = tmp_path_factory.mktemp("runs")
    outcome = sync(Options(runs=runs, demo=True, tables=("all",), trail="auto"), SilentProgress(), demo_room)
    assert outcome.path is not None
    return outcome.path
