"""The runs and the events of a lake, as its manifest lists them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from iamsql.lake.open_storage import open_storage
from iamsql.lake.overview import table_of_lake
from iamsql.lake.storage import Storage
from iamsql.model import IamsqlError
from tests.lake.lakes import ORG, OTHER, new_lake, run_id


def test_runs_are_listed_newest_first_with_a_line_about_events(storage: Storage) -> None:
    new_lake(storage)
    result, lines = table_of_lake(storage, None)
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    assert [(row["run"], row["organization"]) for row in rows] == [
        (run_id(3), ORG), (run_id(2), ORG), (run_id(1), ORG), (run_id(1), OTHER),
    ]  # fmt: skip
    assert rows[0] | {"bytes": 0} == {
        "run": run_id(3), "started_at": datetime(2026, 3, 3, 12, tzinfo=UTC), "organization": ORG, "status": "complete",
        "accounts": 3, "read": 2, "bytes": 0, "iamsql_version": "0.1.0", "added_at": datetime(2026, 3, 3, 12, tzinfo=UTC),
    }  # fmt: skip
    assert rows[0]["bytes"] > 0
    assert [line.rpartition(" of ")[0] for line in lines] == [
        f"Events of {OTHER}: 1 day from 2026-03-01 to 2026-03-01, 1 row, 1 file",
        f"Events of {ORG}: 3 days from 2026-03-01 to 2026-03-03, 9 rows, 6 files",
    ]


def test_events_are_listed_by_organization_and_region(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    manifest = new_lake(storage)
    result, _ = table_of_lake(storage, ORG, events=True)
    size = sum(events.file.size for events in manifest.events if events.organization == ORG)
    assert result.rows == [(ORG, "us-east-1", "2026-03-01", "2026-03-03", 3, 6, 9, size)]


def test_a_lake_or_organization_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "lake"))
    with pytest.raises(IamsqlError, match="There is no lake in"):
        table_of_lake(storage, None)
    new_lake(storage, [1])
    with pytest.raises(IamsqlError, match=rf"has no organization o-x\\n\.\nIt has: {OTHER}, {ORG}\."):
        table_of_lake(storage, "o-x\n")
