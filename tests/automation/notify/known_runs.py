"""Runs without files, one for each day, for tests of what is delivered and compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.runs.directory import RunFile
from iamsql.runs.latest import RunWithStatus
from iamsql.runs.status import RunStatus

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def run(day: int) -> RunWithStatus:
    moment = START + timedelta(days=day)
    return RunFile(f"run-{day}", Path(f"run-{day}.duckdb"), moment, 1, False), RunStatus(
        "complete", f"run-{day}", moment
    )
