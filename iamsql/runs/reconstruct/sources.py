"""The runs that a past state comes from: the base run, and the later runs that have the events since it, by account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.runs.latest import RunWithStatus, same_organization
from iamsql.runs.status import iter_finished
from iamsql.runs.store.limits import limited_to
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.reader import Reader, open_run
from iamsql.runs.store.run_schema import TABLES, split_columns
from iamsql.tables.fragments.events import EVENTS_TABLE, STORED_COLUMNS

TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
DELIVERY = timedelta(minutes=15)  # CloudTrail delivers an event within this time (CloudTrail User Guide)
SECONDS = 60.0  # limit of a statement on a run
# A trail without a log file in the window has the error code no_objects: nothing shows that the account was logged.
WINDOWS_SQL = """
select account_id, window_start, window_end from iamsql.event_coverage
where status = 'ok' and error_code is null and region = iam_events_region((select r."partition" from iamsql.run r))
    and (source = 'trail' or (source = 'event_history' and look_up = 'ReadOnly=false'))
    and window_start is not null and window_end is not null
"""
ACCOUNTS_SQL = "select account_id from iamsql.accounts where outcome in ('complete', 'incomplete') order by position"
COPIED = {
    **{
        name: [column for column, _ in split_columns(TABLES[name])]
        for name in ("accounts", "coverage", "event_coverage")
    },
    EVENTS_TABLE.removeprefix("iamsql."): [*STORED_COLUMNS],
}  # the columns of tables of the schema iamsql that are copied
Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class Base:
    """The base run: its file, metadata, and the accounts that it read."""

    path: Path
    metadata: RunMetadata
    accounts: tuple[str, ...]

    @property
    def start(self) -> datetime:
        """Return the start of the run in UTC."""
        return (self.metadata.started_at or datetime.min.replace(tzinfo=UTC)).astimezone(UTC)

    @property
    def settled_at(self) -> datetime:
        """Return the end of the time when events can be in what the run read."""
        return max(self.start, (self.metadata.finished_at or self.start).astimezone(UTC))


@dataclass
class Sources:
    """The base run, the later runs with events, and by account the end of the period whose events are known."""

    base: Base
    later: list[Path] = field(default_factory=list)
    known_until: dict[str, datetime] = field(default_factory=dict)

    def missing(self, at: datetime) -> dict[str, str]:
        """Return the accounts without the events until a time, with the reason."""
        reasons = {}
        for account in self.base.accounts:
            until = self.known_until.get(account, self.base.start)
            if until < at:
                reasons[account] = f"no run has all IAM events from {until:{TIME_FORMAT}} to {at:{TIME_FORMAT}}"
            elif self.base.start < at and until < at + DELIVERY:
                reasons[account] = (
                    f"events until {at:{TIME_FORMAT}} may have arrived after the run that read them until {until:{TIME_FORMAT}}"
                )
        return reasons


def find_sources(folder: Path, at: datetime) -> Sources:
    """Return the sources of the state at a time. Raise IamsqlError if no run of all tables started before it."""
    runs = _runs_of_newest_organization(folder)
    before = [
        candidate
        for candidate in runs
        if candidate[1].started and candidate[1].started <= at and _has_all_tables(candidate)
    ]
    if not before:
        raise IamsqlError(
            f"No run of all tables in {folder} started before {at:{TIME_FORMAT}}.\nList the runs with: iamsql runs"
        )
    before.sort(key=_is_limited)  # stable: the newest first
    sources = Sources(_read_base(before[0][0].path))
    later = [run.path for run, status in runs if status.started and status.started > sources.base.start]
    for path in reversed(later):  # the oldest first: the first run after the time usually has all events
        if not sources.missing(at):
            break
        with _open_limited(path) as reader:
            windows = _read_windows(reader)
        if windows is not None and _extend_periods(sources, windows):
            sources.later.append(path)
    return sources


def covered_until(start: datetime, windows: Iterable[Interval]) -> datetime:
    """Return the end of the period from `start` on that the windows cover without a gap."""
    until = start
    for first, last in sorted(windows):
        if first > until:
            break
        until = max(until, last)
    return until


def _runs_of_newest_organization(folder: Path) -> Sequence[RunWithStatus]:
    runs = [candidate for candidate in iter_finished(folder) if not candidate[0].is_shard and candidate[1].run_id]
    return [candidate for candidate in runs if same_organization(runs[0], candidate)]


def _has_all_tables(candidate: RunWithStatus) -> bool:
    """Return whether a sync read the default tables. A run that was limited to accounts is used if there is no other."""
    scope = candidate[1].scope
    if scope is None or not candidate[1].read:
        return False
    return not (scope.tables or scope.imported or scope.max_calls or scope.shard)


def _is_limited(candidate: RunWithStatus) -> bool:
    return not (candidate[1].scope and candidate[1].scope.is_full)


def _open_limited(path: Path) -> Reader:
    return open_run(path, limits=limited_to(SECONDS))


def _read_base(path: Path) -> Base:
    with _open_limited(path) as reader:
        metadata = reader.metadata
        if not _has_our_columns(reader):
            raise IamsqlError(
                f"Run {metadata.run_id} was written by another version of iamsql, from which no past state can be computed."
                f"\nRead the run itself with: --run {metadata.run_id}"
            )
        return Base(path, metadata, tuple(account for (account,) in reader.query(ACCOUNTS_SQL)))


def _has_our_columns(reader: Reader) -> bool:
    """Return whether the tables that are copied have the columns of this version. All raw tables have the same columns."""
    stored = reader.columns()
    return all(list(stored.get(f"iamsql.{name}", ())) == columns for name, columns in COPIED.items())


def _read_windows(reader: Reader) -> dict[str, list[Interval]] | None:
    """Return the windows of events by account; None for a run whose tables differ, because another version wrote it."""
    if not _has_our_columns(reader):
        return None
    windows: dict[str, list[Interval]] = {}
    for account, first, last in reader.query(WINDOWS_SQL):
        windows.setdefault(account, []).append((first.astimezone(UTC), last.astimezone(UTC)))
    return windows


def _extend_periods(sources: Sources, windows: dict[str, list[Interval]]) -> bool:
    """Extend the known periods by the windows of a run, and return whether one was extended."""
    extended = False
    for account in sources.base.accounts:
        start = sources.known_until.get(account, sources.base.start)
        until = covered_until(start, windows.get(account, ()))
        if until > start:
            sources.known_until[account] = until
            extended = True
    return extended
