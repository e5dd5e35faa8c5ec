"""Runs of the demo organization that differ in what a test says: copies whose facts are changed, on days of their own."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from iamsql.diff import DiffResult, Filters, FindingRequest, diff
from tests.conftest import DAY

MANAGEMENT, TOOLS, SHARED, NETWORK = "111122223333", "333344445555", "444455556666", "012345678901"
PAYMENTS, WEB, DATA, GREEN, SHUT = "555566667777", "666677778888", "777788889999", "131313131313", "999900001111"
SUSPENDED = "141414141414"
TELLING = ("change", "kind", "account_id", "name", "column_name", "old_value", "new_value")

Row = tuple[Any, ...]


def copy(run: Path, folder: Path, day: int = 0, changes: Sequence[str] = ()) -> Path:
    """Copy a run as one that began some days later, with facts changed by SQL."""
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
    """Give a run and one of the next day in which facts are changed; `before` changes the first."""
    return copy(run, folder, 0, before), copy(run, folder, 1, changes)


def compare(
    old: Path,
    new: Path,
    *kinds: str,
    everything: bool = False,
    changes: tuple[str, ...] = (),
    sql: str = "",
    **asked: Any,
) -> DiffResult:
    """Compare two runs of a folder."""
    filters = Filters(kinds, (), changes, everything)
    return diff(old, new, runs_dir=new.parent, filters=filters, request=FindingRequest(**asked), sql=sql)


def told(found: DiffResult, *columns: str) -> list[Row]:
    """Give some columns of the rows, in order."""
    places = [found.result.columns.index(one) for one in columns or TELLING]
    return [tuple(row[place] for place in places) for row in found.result.rows]


def denied(operation: str, account: str, service: str = "iam") -> str:
    """Give the SQL by which an account denied a call."""
    return (
        "update iamsql.coverage set status = 'denied', error_code = 'AccessDenied'"
        f" where service = '{service}' and operation = '{operation}' and account_id = '{account}'"
    )


def emptied(account: str, *tables: str) -> list[str]:
    """Give the SQL that takes an account's rows out of tables, as where nothing could be read."""
    return [f"delete from {one} where account_id = '{account}'" for one in tables]


def doubled(table: str, where: str, **changed: str) -> str:
    """Give the SQL that adds a row like another with some columns changed; values are SQL."""
    swapped = ", ".join(f"{value} as {name}" for name, value in changed.items())
    return f"insert into {table} by name select * replace ({swapped}) from {table} where {where}"
