"""Syncs of a fake AWS, and queries over the run files that they write."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb

from iamsql.runs.file.template import template
from iamsql.runs.store.open_new import Template, sha256_of
from iamsql.sync import Options, SyncResult, sync
from iamsql.sync.options import Progress
from iamsql.tables.registry import all_tables
from tests.conftest import DAY, query
from tests.fake_aws import ORG_TRAIL, FakeAws, Faults
from tests.fixtures import built_once

EVENTS = "aws_cloudtrail_event"
MANAGEMENT, LOGS, TOOLS, NETWORK = "111122223333", "222233334444", "333344445555", "012345678901"
SHARED, PAYMENTS, WEB, DATA, GREEN = "444455556666", "555566667777", "666677778888", "777788889999", "131313131313"
TRIAL, LOCKED, ALICE, HOSTILE = "888899990000", "999900001111", "101010101010", "121212121212"
SUSPENDED, CLOSED, PENDING = "141414141414", "151515151515", "161616161616"


@dataclass(frozen=True)
class SyncedRun:
    """A finished run, and the fake AWS that it was read from."""

    aws: FakeAws
    result: SyncResult

    @property
    def path(self) -> Path:
        """Return the run file."""
        assert self.result.path is not None
        return self.result.path

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Query the run file."""
        return query(self.path, sql, *values)

    def status(self, operation: str, account_id: str = "%") -> set[tuple[str, str | None]]:
        """Return the distinct statuses and error codes of an operation in iamsql.coverage."""
        sql = "select status, error_code from iamsql.coverage where operation = ? and account_id like ?"
        return set(self.rows(sql, operation, account_id))

    def count_calls(self, operation: str, account_id: str | None = None, outcome: str | None = None) -> int:
        """Return how many responses the fake AWS sent to an operation."""
        return sum(
            number
            for (account, name, how), number in self.aws.counts.items()
            if name == operation and account_id in (None, account) and outcome in (None, how)
        )


def table_rows(path: Path, name: str, accounts: Sequence[str], without: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """Return a table's rows of some accounts as text, in order, without the columns that say when a row was read."""
    excluded = ", ".join(("_ctx", "sp_ctx", *without))
    select = f"select columns(*)::varchar from (select * exclude ({excluded}) from {name} where list_contains(?, account_id))"
    return query(path, f"{select} order by all", list(accounts))


@cache
def template_without_macros() -> Template:
    """Return a template of run files that has no table macros: each connection to a file loads all of its macros."""
    folder = built_once("template", _write_template, Path(__file__))
    path = folder / "template.duckdb"
    return Template(path, sha256_of(path))


def _write_template(folder: Path) -> None:
    path = Path(shutil.copyfile(template(), folder / "template.duckdb"))
    with duckdb.connect(path) as con:
        macros = con.execute(
            "select function_name from duckdb_functions() where function_type = 'table_macro' and not internal"
        ).fetchall()
        for (name,) in macros:
            con.execute(f'drop macro table "{name}"')


def run_sync(
    runs: Path, *, aws: FakeAws | None = None, day: date = DAY, typed: bool = False, **options: Any
) -> SyncedRun:
    """Sync a fake AWS.

    Without `typed`, only the typed table of events is filled and no query is a macro of the run file, because both take time.
    """
    aws = aws or FakeAws(day)
    all_options = Options(**{"runs": runs, "demo": True} | options)
    if typed:
        return SyncedRun(aws, sync(all_options, Progress(), aws))
    with (
        patch("iamsql.runs.file.build.all_tables", lambda: {EVENTS: all_tables()[EVENTS]}),
        patch("iamsql.runs.file.build.checked_template", template_without_macros),
    ):
        return SyncedRun(aws, sync(all_options, Progress(), aws))


def sync_trail(runs: Path, trail: str = ORG_TRAIL, *, aws: FakeAws | None = None, **options: Any) -> SyncedRun:
    """Sync a trail, without other tables or look-ups unless the options name some."""
    defaults = {"tables": (EVENTS,), "events": ("none",), "no_reuse": True}
    return run_sync(runs, aws=aws, trail=trail, **(defaults | options))


def fetched_keys(aws: FakeAws) -> list[str]:
    """Return the keys of the GetObject requests, in order, with repetitions."""
    return [str(dict(call.params)["Key"]) for call in aws.calls if call.operation == "GetObject"]


def sync_with_faults(
    runs: Path, typed: bool = False, options: dict[str, Any] | None = None, **faults: Any
) -> SyncedRun:
    """Sync the sample organization with faults."""
    return run_sync(runs, aws=FakeAws(DAY, faults=Faults(**faults)), typed=typed, **(options or {}))
