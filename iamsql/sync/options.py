"""The options of a sync, and its other types: source, window of events, progress and result."""

from __future__ import annotations

from dataclasses import KW_ONLY, asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from iamsql.aws.sessions import SessionFactory
from iamsql.catalog.settings.option import SCOPE, option, option_with_resolver
from iamsql.catalog.settings.sync_options import SyncOptions
from iamsql.model import IamsqlError
from iamsql.tables.names import match_tables

MAX_LOOKUP_DAYS = 90  # days of events that LookupEvents returns
OF_ONE_COMMAND = ("external_id", "runs", "quiet", "resume", "retry_gaps", "transport", "given_options", "selection")


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


def _match_tables(_name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    return match_tables(values)


@dataclass(frozen=True)
class Options(SyncOptions):
    """The options of a sync, with the runs folder.

    - `query_tables`: the on-demand tables that the names of --for need.
    - `given_options`: the names of the options that the user gave, even with the default value. If it is None, every option with
      a value other than the default counts as given.
    - `selection`: the options that select the configuration and the runs folder, for the command that resumes the run.
    """

    runs: Path
    _: KW_ONLY
    tables: tuple[str, ...] = option_with_resolver(SyncOptions, "tables", _match_tables)
    query_tables: tuple[str, ...] = option((), "--for", resolve=_match_tables, stored=SCOPE, api=False)
    given_options: frozenset[str] | None = None
    selection: tuple[str, ...] | None = None

    def to_row(self) -> dict[str, Any]:
        """Return the options for iamsql.run, without the external ID, a secret, and without options of one command."""
        return {key: value for key, value in asdict(self).items() if value and key not in OF_ONE_COMMAND}

    def is_given(self, name: str) -> bool:
        """Return whether the user gave an option of a command. A value of the configuration file is not given."""
        return self.has_value(name) if self.given_options is None else name in self.given_options

    def has_value(self, name: str) -> bool:
        """Return whether an option was typed, or has a value that is not the default, such as one of the configuration file."""
        return name in (self.given_options or ()) or getattr(self, name) != self.__dataclass_fields__[name].default


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
    """Return the window of events. Raise IamsqlError for an empty window, or one beyond LookupEvents without a trail."""
    # end_date is inclusive: the window ends with its last second.
    end = min(now, _parse_day(options.end_date) + timedelta(days=1)) if options.end_date else now
    start = (
        _parse_day(options.start_date) if options.start_date else end - timedelta(days=options.days or MAX_LOOKUP_DAYS)
    )
    if start >= now:
        raise IamsqlError(
            f"The window starts on {start:%Y-%m-%d}, which is in the future.\nGive an earlier start_date."
        )
    if end <= start:
        raise IamsqlError(
            f"The window ends ({end:%Y-%m-%d}) before it starts ({start:%Y-%m-%d}).\nGive a start_date before the end_date."
        )
    oldest = now - timedelta(days=MAX_LOOKUP_DAYS)
    if start >= oldest:
        return Window(start, end, start)
    # The window begins before the first event that LookupEvents returns.
    if end <= oldest and not options.trail:
        raise IamsqlError(
            f"The window ends on {end:%Y-%m-%d}, but LookupEvents reaches back {MAX_LOOKUP_DAYS} days only, to {oldest:%Y-%m-%d}."
            "\nGive a later end_date, or read a trail: --trail s3://bucket/prefix"
        )
    note = f"LookupEvents reaches back {MAX_LOOKUP_DAYS} days: events are looked up from {oldest:%Y-%m-%d} on."
    if not options.trail:
        return Window(oldest, end, oldest, (note.replace("looked up", "read"),))
    # A window that ends before the oldest event of LookupEvents leaves nothing to look up: the trail has its events.
    return Window(start, end, min(oldest, end), (note,))


def _parse_day(day: str) -> datetime:
    parsed = date.fromisoformat(day)
    return datetime(parsed.year, parsed.month, parsed.day, tzinfo=UTC)
