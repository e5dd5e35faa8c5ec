"""The options of a sync, and its other types: source, window of events, progress and result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from iamsql import option_types
from iamsql.aws.sessions import SessionFactory
from iamsql.model import IamsqlError
from iamsql.sync.cloudtrail.bucket import parse_location
from iamsql.sync.cloudtrail.trail import AUTO
from iamsql.tables.names import match_tables

SCOPE, SOURCE, CALLER = "scope", "source", "caller"  # kinds of stored options
ROLES = ("iamsql-audit", "AWSControlTowerExecution", "OrganizationAccountAccessRole")  # that are tried in each account
MAX_LOOKUP_DAYS = 90  # days of events that LookupEvents returns


class Progress:
    """The progress of a sync, which is not shown; displays override the methods."""

    def start(self, accounts: int) -> None:
        """Start, with the number of accounts to read."""

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Show the progress."""

    def say(self, line: str) -> None:
        """Print a line."""

    def stop(self) -> None:
        """Stop."""


def option(default: Any, flag: str, kind: str = "", check: Callable[[str, Any], Any] | None = None) -> Any:
    """Return the field of an option: its default, its flag, its kind, and the check of a stored value.

    SCOPE options determine what is read; a resumed run takes them from its file. SOURCE and CALLER options determine the
    organization and the identity that reads it; the user gives them again, a SOURCE option with the same value. Options
    without a kind are not stored.
    """
    return field(default=default, metadata={"flag": flag, "kind": kind, "check": check or (lambda _, value: value)})


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
    options that the user typed, even if the value is the default; without it, an option with another value counts as typed.
    `selection` has the options that select the configuration and the runs folder, for the command that resumes the run.
    `demo` is True, or "hostile" for the sample organization with hostile names; `day` is the day of its story.
    """

    runs: Path
    demo: bool | str = option(False, "--demo", SOURCE, option_types.demo)
    profile: str | None = option(None, "--profile", CALLER, option_types.printable_text)
    roles: tuple[str, ...] = option(ROLES, "--role", CALLER, option_types.role_names)
    external_id: str | None = field(default=None, repr=False)
    no_session_policy: bool = option(False, "--no-session-policy")
    org_role: str | None = option(None, "--org-role", CALLER, option_types.role_arn)
    accounts: tuple[str, ...] = option((), "--account", SCOPE, option_types.account_ids)
    skip_accounts: tuple[str, ...] = option((), "--skip-account", SCOPE, option_types.account_ids)
    ous: tuple[str, ...] = option((), "--ou", SCOPE)
    skip_ous: tuple[str, ...] = option((), "--skip-ou", SCOPE)
    states: tuple[str, ...] = option((), "--state", SCOPE, option_types.states)
    regions: tuple[str, ...] = option((), "--region", SCOPE, option_types.regions)
    events: tuple[str, ...] = option((), "--event", SCOPE, option_types.events)
    trail: str | None = option(None, "--trail", SOURCE, _trail)
    trail_role: str | None = option(None, "--trail-role", CALLER, option_types.role_arn)
    no_reuse: bool = option(False, "--no-reuse")
    day: int | None = option(None, "--day", SCOPE, option_types.sample_day)
    days: int | None = option(None, "--days", SCOPE)
    start_date: str | None = option(None, "--start-date", SCOPE, option_types.day)
    end_date: str | None = option(None, "--end-date", SCOPE, option_types.day)
    tables: tuple[str, ...] = option((), "--table", SCOPE, _tables)
    queries: tuple[str, ...] = option((), "--for", SCOPE)
    query_tables: tuple[str, ...] = option((), "", SCOPE, _tables)
    fresh: bool = option(False, "--fresh", SCOPE)
    trust_report: bool = option(False, "--trust-report", SCOPE)
    shard: str | None = option(None, "--shard", SCOPE, option_types.shard)
    as_of: str | None = option(None, "--as-of", SCOPE, option_types.moment)
    transport: str = option(option_types.TRANSPORTS[0], "--transport")
    dry_run: bool = option(False, "--dry-run")
    resume: bool = option(False, "--resume")
    retry_gaps: bool = option(False, "--retry-gaps")
    max_calls: int | None = option(None, "--max-calls")
    strict: bool = option(False, "--strict")
    quiet: bool = option(False, "--quiet")
    stated: frozenset[str] | None = None
    selection: tuple[str, ...] | None = None

    def to_row(self) -> dict[str, Any]:
        """Return the options for iamsql.run, without the external ID, which is secret, and those that concern one command."""
        excluded = ("external_id", "runs", "quiet", "resume", "retry_gaps", "transport", "stated", "selection")
        return {key: value for key, value in asdict(self).items() if value and key not in excluded}

    def is_given(self, name: str) -> bool:
        """Return whether the user gave an option of a command. A value of the configuration file is not given."""
        return self.has_value(name) if self.stated is None else name in self.stated

    def has_value(self, name: str) -> bool:
        """Return whether an option was typed, or has a value that is not the default, such as one of the configuration file."""
        return name in (self.stated or ()) or getattr(self, name) != self.__dataclass_fields__[name].default


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
