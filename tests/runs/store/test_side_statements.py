"""Statements on connections next to the writer's: in groups, each in a transaction, for any number of items."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.runs.store import side_statements
from iamsql.runs.store.engine import Error
from iamsql.runs.store.side_statements import execute_beside
from iamsql.runs.store.writer import RunWriter
from tests.sync.syncs import PAYMENTS, run_sync

TABLES = "select schema_name, table_name from duckdb_tables() where schema_name in ('main', 'iamsql') order by all"
ACCOUNT = {"accounts": (PAYMENTS,), "events": ("none",)}
OWN = ("run", "phases", "coverage")  # tables of iamsql with times
ROWS = "select columns(lambda name_: name_ not in ('synced_at', '_ctx', 'sp_ctx')) from {}.\"{}\" order by all"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RunWriter]:
    run_writer = RunWriter(tmp_path / "runs" / "x.duckdb")
    for name in "abc":
        run_writer.execute(f"create table {name} (n int)")
    yield run_writer
    run_writer.close()


@pytest.mark.parametrize("size", [0, 2, 10**9])
def test_all_statements_are_executed(writer: RunWriter, size: int) -> None:
    writer.item_sizes = {"raw": {"1": size}}
    execute_beside(writer, [f"insert into {name} select range from range(5)" for name in "abc"])
    assert writer.rows("select count(*) from (from a union all from b union all from c)") == [(15,)]
    execute_beside(writer, [])


def test_a_group_that_fails_leaves_the_others(writer: RunWriter) -> None:
    with pytest.raises((IamsqlError, Error), match="nothing"):
        execute_beside(writer, ["insert into a values (1)", "insert into b select n from nothing"])
    assert writer.rows("select (select count(*) from a), (select count(*) from b)") == [(1, 0)]


@pytest.mark.slow
@pytest.mark.parametrize(("few", "parallel"), [(0, 10**9), (10**9, 0)])
def test_optimizers_and_parallel_statements_change_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int, parallel: int
) -> None:
    usual = run_sync(tmp_path / "usual", typed=True, **ACCOUNT)
    monkeypatch.setattr(side_statements, "FEW_BYTES", few)
    monkeypatch.setattr(side_statements, "PARALLEL", parallel)
    other = run_sync(tmp_path / "other", typed=True, **ACCOUNT)
    tables = [row for row in usual.rows(TABLES) if row[1] not in OWN]
    assert len(tables) > 50
    for schema, name in tables:
        assert other.rows(ROWS.format(schema, name)) == usual.rows(ROWS.format(schema, name))
