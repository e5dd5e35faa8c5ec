"""What many tests share: one run of the demo organization, made once, on a day that never changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from iamsql.sync import Options, sync
from iamsql.sync.run import Silent
from tests.fake_aws import FakeAws

DAY = date(2026, 3, 2)
SHARED = Path(__file__).resolve().parents[2] / "shared"


def opened(run: Path) -> duckdb.DuckDBPyConnection:
    """Open a run with DuckDB alone, without the optimizer that takes longest over large queries."""
    return duckdb.connect(str(run), read_only=True, config={"disabled_optimizers": "projection_pullup"})


@pytest.fixture(scope="session")
def demo_room() -> FakeAws:
    """Give the demo organization as it stood on DAY at noon; `demo_run` has read it."""
    return FakeAws(DAY)


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory, demo_room: FakeAws) -> Path:
    """Give the run file of the demo organization as it stood on DAY at noon: every table, and the organization's trail."""
    runs = tmp_path_factory.mktemp("runs")
    outcome = sync(Options(runs=runs, demo=True, tables=("all",), trail="auto"), Silent(), demo_room)
    assert outcome.path is not None
    return outcome.path
