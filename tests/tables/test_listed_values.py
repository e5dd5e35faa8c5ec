"""Each table that lists the items of a call has the values that plain boto3 calls return. A new table needs no new test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync.syncs import run_sync
from tests.tables.boto3_client import REGIONS, ServiceAccount
from tests.tables.boto3_oracle import assert_same_rows, rows_of
from tests.tables.listed_rows import expected_rows, listed_tables

TABLES = listed_tables()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of these tables in the home region and in eu-west-1."""
    runs = tmp_path_factory.mktemp("runs")
    return run_sync(runs, typed=True, tables=tuple(TABLES), regions=REGIONS, events=("none",)).path


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_the_rows_equal_plain_calls(run: Path, accounts: list[ServiceAccount], table: str) -> None:
    expected = [row for account in accounts for row in expected_rows(TABLES[table], account)]
    assert_same_rows(run, table, TABLES[table].key, expected)
    rows = rows_of(run, table)
    assert rows[0].keys() - expected[0].keys() <= {"sp_ctx", "_ctx"}
    call = TABLES[table].call
    for row in rows if "_ctx" in rows[0] else ():
        assert row["_ctx"] == row["sp_ctx"] and row["_ctx"]["synced_at"]
        assert row["_ctx"]["connection_name"] == row["sp_connection_name"] == f"aws_{row['account_id']}"
        assert row["_ctx"]["source"] == f"{call.service}:{call.operation}"
