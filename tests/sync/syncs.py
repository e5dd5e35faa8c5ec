"""Runs over rooms that were prepared for a test, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from iamsql.schema.views.aws_cloudtrail_event import TABLE as EVENTS
from iamsql.sync import Options, SyncResult, sync
from iamsql.sync.options import SilentProgress
from tests.conftest import DAY, opened
from tests.fake_aws import ORG_TRAIL, FakeAws, Faults

MANAGEMENT, LOGS, TOOLS, NETWORK = "111122223333", "222233334444", "333344445555", "012345678901"
SHARED, PAYMENTS, WEB, DATA, GREEN = "444455556666", "555566667777", "666677778888", "777788889999", "131313131313"
TRIAL, LOCKED, ALICE, HOSTILE = "888899990000", "999900001111", "101010101010", "121212121212"
SUSPENDED, CLOSED, PENDING = "141414141414", "151515151515", "161616161616"


@dataclass(frozen=True)
class Ran:
    """A finished run, and the room it read."""

    room: FakeAws
    outcome: SyncResult

    @property
    def path(self) -> Path:
        """Give the run file."""
        assert self.outcome.path is not None
        return self.outcome.path

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the run file."""
        return ask(self.path, sql, *values)

    def status(self, operation: str, account_id: str = "%") -> set[tuple[str, str | None]]:
        """Give the states of a call's rows of coverage with their codes."""
        sql = "select status, error_code from iamsql.coverage where operation = ? and account_id like ?"
        return set(self.rows(sql, operation, account_id))

    def asked(self, operation: str, account_id: str | None = None, outcome: str | None = None) -> int:
        """Count the room's answers to an operation."""
        return sum(
            number
            for (account, name, how), number in self.room.counts.items()
            if name == operation and account_id in (None, account) and outcome in (None, how)
        )


def ask(path: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask a run file."""
    with opened(path) as con:
        con.execute("set TimeZone = 'UTC'")
        return con.execute(sql, list(values)).fetchall()


def table(path: Path, name: str, accounts: Sequence[str], without: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """Give a typed table's rows of some accounts, as texts in order; when and by what call they were read left out."""
    left = ", ".join(("_ctx", "sp_ctx", *without))
    shown = (
        f"select columns(*)::varchar from (select * exclude ({left}) from {name} where list_contains(?, account_id))"
    )
    return ask(path, f"{shown} order by all", list(accounts))


def ran(runs: Path, *, room: FakeAws | None = None, day: date = DAY, typed: bool = False, **options: Any) -> Ran:
    """Sync a room without pacing; the typed tables but that of events, and the queries, only where `typed`: they take time."""
    room = room or FakeAws(day)
    wanted = Options(**{"runs": runs, "demo": True} | options)
    if typed:
        return Ran(room, sync(wanted, SilentProgress(), room))
    with patch("iamsql.runfile.build.all_tables", lambda: {EVENTS.name: EVENTS}):
        return Ran(room, sync(wanted, SilentProgress(), room))


def trailed(runs: Path, trail: str = ORG_TRAIL, *, room: FakeAws | None = None, **options: Any) -> Ran:
    """Sync a trail and nothing else, unless the options say so."""
    plain = {"tables": ("aws_cloudtrail_event",), "events": ("none",), "no_carry": True}
    return ran(runs, room=room, trail=trail, **(plain | options))


def fetched(room: FakeAws) -> list[str]:
    """List the keys of the log files that the room was asked for, in order, each as often as it was asked for."""
    return [str(dict(call.params)["Key"]) for call in room.calls if call.operation == "GetObject"]


def disturbed(runs: Path, typed: bool = False, options: dict[str, Any] | None = None, **faults: Any) -> Ran:
    """Sync the demo organization with faults."""
    return ran(runs, room=FakeAws(DAY, faults=Faults(**faults)), typed=typed, **(options or {}))
