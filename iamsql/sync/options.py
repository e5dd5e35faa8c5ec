"""The options of a sync, and its other types: source, window of events, progress and result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from iamsql import option_types
from iamsql.aws.sessions import SessionFactory
from iamsql.cloudtrail.bucket import parse_location
from iamsql.cloudtrail.trail import AUTO
from iamsql.model import IamsqlError
from iamsql.schema.names import match_tables

SCOPE, SOURCE, CALLER = "scope", "source", "caller"  # kinds of stored options
MAX_LOOKUP_DAYS = 90  # days of events that LookupEvents returns


class Progress(Protocol):
    """Shows the progress of a sync."""

    def start(self, accounts: int) -> None:
        """Start, with the number of accounts to read."""

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Show the progress."""

    def say(self, line: str) -> None:
        """Print a line."""

    def stop(self) -> None:
        """Stop."""


class SilentProgress:
    """Progress that shows nothing."""

    def start(self, accounts: int) -> None:
        """Do nothing."""

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Do nothing."""

    def say(self, line: str) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Stop."""


def option(flag: str, kind: str = "", check: Callable[[str, Any], Any] | None = None) -> dict[str, Any]:
    """Return the metadata of an option: its flag, its kind, and the check of a stored value.

    SCOPE options determine what is read; a resumed run takes them from its file. SOURCE and CALLER options determine the
    organization and the identity that reads it; the user gives them again, a SOURCE option with the same value. Options
    without a kind are not stored.
    """
    return {"flag": flag, "kind": kind, "check": check or (lambda _, value: value)}


def _trail(flag: str, value: str) -> str:
    if value != AUTO:
        parse_location(option_types.printable_text(flag, value))
    return value


def _tables(_flag: str, values: tuple[str, ...]) -> tuple[str, ...]:
    return match_tables(values)


@dataclass(frozen=True)
class Options:
    """The options of `iamsql sync`.

    `queries` has the names of --for, and `query_tables` the on-demand tables that they need. `stated` has the names of the
    options that the user typed, even if the value is the default.
    """

    runs: Path
    demo: bool = field(default=False, metadata=option("--demo", SOURCE))
    profile: str | None = field(default=None, metadata=option("--profile", CALLER, option_types.printable_text))
    roles: tuple[str, ...] = field(
        default=("iamsql-audit", "AWSControlTowerExecution", "OrganizationAccountAccessRole"),
        metadata=option("--role", CALLER, option_types.role_names),
    )
    external_id: str | None = field(default=None, repr=False)
    no_session_policy: bool = field(default=False, metadata=option("--no-session-policy"))
    org_role: str | None = field(default=None, metadata=option("--org-role", CALLER, option_types.role_arn))
    accounts: tuple[str, ...] = field(default=(), metadata=option("--account", SCOPE, option_types.account_ids))
    skip_accounts: tuple[str, ...] = field(
        default=(), metadata=option("--skip-account", SCOPE, option_types.account_ids)
    )
    ous: tuple[str, ...] = field(default=(), metadata=option("--ou", SCOPE))
    skip_ous: tuple[str, ...] = field(default=(), metadata=option("--skip-ou", SCOPE))
    states: tuple[str, ...] = field(default=(), metadata=option("--state", SCOPE, option_types.states))
    regions: tuple[str, ...] = field(default=(), metadata=option("--region", SCOPE, option_types.regions))
    events: tuple[str, ...] = field(default=(), metadata=option("--event", SCOPE, option_types.events))
    trail: str | None = field(default=None, metadata=option("--trail", SOURCE, _trail))
    trail_role: str | None = field(default=None, metadata=option("--trail-role", CALLER, option_types.role_arn))
    no_reuse: bool = field(default=False, metadata=option("--no-reuse"))
    days: int | None = field(default=None, metadata=option("--days", SCOPE))
    start_date: str | None = field(default=None, metadata=option("--start-date", SCOPE, option_types.day))
    end_date: str | None = field(default=None, metadata=option("--end-date", SCOPE, option_types.day))
    tables: tuple[str, ...] = field(default=(), metadata=option("--table", SCOPE, _tables))
    queries: tuple[str, ...] = field(default=(), metadata=option("--for", SCOPE))
    query_tables: tuple[str, ...] = field(default=(), metadata=option("", SCOPE, _tables))
    fresh: bool = field(default=False, metadata=option("--fresh", SCOPE))
    trust_report: bool = field(default=False, metadata=option("--trust-report", SCOPE))
    dry_run: bool = field(default=False, metadata=option("--dry-run"))
    resume: bool = field(default=False, metadata=option("--resume"))
    retry_gaps: bool = field(default=False, metadata=option("--retry-gaps"))
    max_calls: int | None = field(default=None, metadata=option("--max-calls"))
    strict: bool = field(default=False, metadata=option("--strict"))
    quiet: bool = field(default=False, metadata=option("--quiet"))
    stated: frozenset[str] = frozenset()

    def to_row(self) -> dict[str, Any]:
        """Return the options for iamsql.run, without the external ID, which is secret, and those that concern one command."""
        excluded = ("external_id", "runs", "quiet", "resume", "retry_gaps", "stated")
        return {key: value for key, value in asdict(self).items() if value and key not in excluded}

    def is_given(self, name: str) -> bool:
        """Return whether the user gave an option: it was typed, or its value is not the default."""
        return name in self.stated or getattr(self, name) != self.__dataclass_fields__[name].default


@dataclass(frozen=True)
class SyncResult:
    """The result of a sync: run file, status, lines for the user, and the number of gaps."""

    path: Path | None
    status: str
    lines: list[str]
    gaps: int


@dataclass(frozen=True)
class Source:
    """The sessions that send requests, and the present time of the organization, which is fixed for the sample organization."""

    sessions: SessionFactory
    now: datetime


@dataclass(frozen=True)
class Window:
    """The window of events; look-ups start at `looked_up_from`. `notes` are lines for the user."""

    start: datetime
    end: datetime
    looked_up_from: datetime
    notes: tuple[str, ...] = ()


def window(options: Options, now: datetime) -> Window:
    """Return the window of events. Raises IamsqlError for an empty window, or one beyond LookupEvents without a trail."""
    # --end-date is inclusive: the window ends with its last second.
    end = min(now, _midnight(options.end_date) + timedelta(days=1)) if options.end_date else now
    start = (
        _midnight(options.start_date) if options.start_date else end - timedelta(days=options.days or MAX_LOOKUP_DAYS)
    )
    if start >= now:
        raise IamsqlError(
            f"The window starts on {start:%Y-%m-%d}, which is in the future.\nGive an earlier --start-date."
        )
    if end <= start:
        raise IamsqlError(
            f"The window ends ({end:%Y-%m-%d}) before it starts ({start:%Y-%m-%d}).\nGive --start-date a day before --end-date."
        )
    oldest = now - timedelta(days=MAX_LOOKUP_DAYS)
    if start >= oldest:
        return Window(start, end, start)
    # The window begins before the first event that LookupEvents returns.
    if end <= oldest and not options.trail:
        raise IamsqlError(
            f"The window ends on {end:%Y-%m-%d}, but LookupEvents reaches back {MAX_LOOKUP_DAYS} days only, to {oldest:%Y-%m-%d}."
            "\nGive a later --end-date, or read a trail: --trail s3://bucket/prefix"
        )
    note = f"LookupEvents reaches back {MAX_LOOKUP_DAYS} days: events are looked up from {oldest:%Y-%m-%d} on."
    if not options.trail:
        return Window(oldest, end, oldest, (note.replace("looked up", "read"),))
    # A window that ends before the oldest event of LookupEvents leaves nothing to look up: the trail has its events.
    return Window(start, end, min(oldest, end), (note,))


def _midnight(day: str) -> datetime:
    found = date.fromisoformat(day)
    return datetime(found.year, found.month, found.day, tzinfo=UTC)
