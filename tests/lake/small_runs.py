"""Small run files with given events, and lakes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamsql.lake.add import add_runs
from iamsql.lake.open_storage import open_storage
from iamsql.lake.storage import Storage
from iamsql.model import Account
from iamsql.runs.file.build import create, finish
from iamsql.runs.file.rows import AccountResult, RunRow
from tests.conftest import sample_run
from tests.fixtures import built_once

ACCOUNT, ORGANIZATION = "111111111111", "o-small00001"


def event(event_id: str | None, time: str, region: str = "us-east-1", **further: Any) -> dict[str, Any]:
    """Return a row of iamsql.events."""
    record = {"eventID": event_id, "eventTime": time, **further}
    row = {"account_id": ACCOUNT, "region": region, "event_time": time, "event_name": "CreateUser"}
    return row | further | {"event_id": event_id, "event": json.dumps(record), "data_source": "event_history"}


def make_run(folder: Path, start: str, events: Sequence[dict[str, Any]] = (), organization: str = ORGANIZATION) -> Path:
    """Write a run of one account that started at `start`, an ISO text, with events in the order of the list."""
    stamp = datetime.fromisoformat(start).astimezone(UTC)
    run_id = f"{stamp:%Y%m%dT%H%M%SZ}-{organization}"
    window = (f"{stamp.year - 1}-01-01T00:00:00Z", start)
    writer = create(folder / f"{run_id}.duckdb", RunRow(run_id, start, organization_id=organization, window=window))
    for row in events:
        columns, slots = ", ".join(row), ", ".join("?" for _ in row)
        writer.execute(f"insert into iamsql.events ({columns}) values ({slots})", list(row.values()))
    account = AccountResult(Account(ACCOUNT, "alpha", "alpha@example.com"))
    writer.insert_rows("accounts", [account.values(0)])
    return finish(writer, [account], (), start)[0]


def sample_lake() -> Storage:
    """Return the lake with the run of the sample organization that all workers share: do not change it."""
    return open_storage(str(built_once("lake", _add_sample_run, Path(__file__)) / "lake"))


def _add_sample_run(folder: Path) -> None:
    add(open_storage(str(folder / "lake")), sample_run())


def add(storage: Storage, *runs: Path) -> list[int]:
    """Add runs to a lake, and return how many events of each the lake lacked."""
    added, _ = add_runs(storage, runs, lambda _line: None)
    return [run.events for run in added]
