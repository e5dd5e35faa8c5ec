"""Pairs of runs of the sample organization: copies on different days, with data changed by SQL."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from iamsql.check.diff import DiffResult, diff
from iamsql.check.diff.report import Filters
from iamsql.check.diff.request import FindingRequest
from tests.conftest import DAY

MANAGEMENT, TOOLS, SHARED, NETWORK = "111122223333", "333344445555", "444455556666", "012345678901"
PAYMENTS, WEB, DATA, GREEN, SHUT = "555566667777", "666677778888", "777788889999", "131313131313", "999900001111"
SUSPENDED = "141414141414"
TELLING = ("change", "kind", "account_id", "name", "column_name", "old_value", "new_value")

Row = tuple[Any, ...]


def copy(run: Path, folder: Path, day: int = 0, changes: Sequence[str] = ()) -> Path:
    """Copy a run as one that began some days later, with data changed by SQL."""
    folder.mkdir(exist_ok=True)
    start = f"{DAY + timedelta(days=day):%Y%m%d}T120000Z"
    path = folder / f"{start}-o-demo123456.duckdb"
    shutil.copy(run, path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"update iamsql.run set run_id = '{path.stem}', started_at = started_at + interval {day} days")
        for change in changes:
            con.execute(change)
    return path


def pair(run: Path, folder: Path, changes: Sequence[str], before: Sequence[str] = ()) -> tuple[Path, Path]:
    """Return a run and one of the next day with changed data; `before` changes the first."""
    return copy(run, folder, 0, before), copy(run, folder, 1, changes)


def compare(
    old: Path,
    new: Path,
    *kinds: str,
    everything: bool = False,
    changes: tuple[str, ...] = (),
    sql: str = "",
    **request: Any,
) -> DiffResult:
    """Compare two runs of a folder."""
    filters = Filters(kinds, (), changes, everything)
    return diff(old, new, runs_dir=new.parent, filters=filters, request=FindingRequest(**request), sql=sql)


def row_values(comparison: DiffResult, *columns: str) -> list[Row]:
    """Return some columns of the rows, in order."""
    indexes = [comparison.result.columns.index(column) for column in columns or TELLING]
    return [tuple(row[column_index] for column_index in indexes) for row in comparison.result.rows]


def deny_sql(operation: str, account: str, service: str = "iam") -> str:
    """Return the SQL that marks a call as denied in an account."""
    return (
        "update iamsql.coverage set status = 'denied', error_code = 'AccessDenied'"
        f" where service = '{service}' and operation = '{operation}' and account_id = '{account}'"
    )


def delete_sql(account: str, *tables: str) -> list[str]:
    """Return the SQL that deletes an account's rows from tables, as if nothing could be read."""
    return [f"delete from {table} where account_id = '{account}'" for table in tables]


def insert_sql(table: str, condition: str, **changed: str) -> str:
    """Return the SQL that inserts a copy of a row with some columns changed; values are SQL."""
    swapped = ", ".join(f"{value} as {name}" for name, value in changed.items())
    return f"insert into {table} by name select * replace ({swapped}) from {table} where {condition}"
