"""Reuse the events of completed days that an earlier run has: copied from its file instead of requested again.

An earlier run has a day if its window contains the day, the day was read completely, and the run began well after its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.cloudtrail.prior_run import (
    COPIED,
    COVERAGE,
    COVERAGE_TABLE,
    RAW,
    copy_records,
    has_table,
    read_event_coverage,
    records_select,
)
from iamsql.model import IamsqlError
from iamsql.runfile.rows import PriorWindow, ReusedWindow
from iamsql.runs import list_runs
from iamsql.schema.tables._calls import EVENTS
from iamsql.store.limits import StatementLimits
from iamsql.store.open_errors import OpenError
from iamsql.store.reader import Reader, open_run
from iamsql.store.writer import RunWriter

Window = tuple[datetime, datetime]
# CloudTrail delivers within about 15 minutes, both to look-ups and to buckets (CloudTrail documentation).
DELIVERY_DELAY = timedelta(hours=2)
MAX_RUNS = 5  # newest runs that are read
SECONDS = 60.0  # limit of a statement on an earlier run
COPY_LOOKED_UP = f"""
insert into raw."{EVENTS.raw}"
select e.account_id, e.region, e.bound, e.item, e.synced_at
from earlier.raw."{EVENTS.raw}" e
join temp.reused c on c.source = 'look-up' and c.account_id = e.account_id and c.region = e.region
  and c.look_up = concat(e.bound ->> '$.LookupAttributes[0].AttributeKey', '=', e.bound ->> '$.LookupAttributes[0].AttributeValue')
where try_cast(e.item ->> '$.EventTime' as timestamptz) < c.until::timestamptz
  and try_cast(e.item ->> '$.EventTime' as timestamptz) between timestamptz '{{}}' and timestamptz '{{}}'
order by e.rowid
"""


@dataclass
class PriorEvents:
    """The windows of earlier runs, the newest first: by account, region and look-up; by trail, account and region."""

    paths: dict[str, Path] = field(default_factory=dict)  # by run ID
    look_ups: dict[str, dict[str, dict[str, PriorWindow]]] = field(default_factory=dict)
    trails: dict[str, dict[tuple[str, str], PriorWindow]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # why runs are not used

    def add(self, source: str, account_id: str, region: str, window: PriorWindow) -> None:
        """Add a window unless a newer run has it."""
        if source == "look-up":
            self.look_ups.setdefault(account_id, {}).setdefault(region, {}).setdefault(window.name, window)
        elif source == "trail":
            self.trails.setdefault(window.name, {}).setdefault((account_id, region), window)


def find_events(runs: Path, owner: str, demo: bool, start: datetime) -> PriorEvents:
    """Find the events since `start` in the newest runs of the same organization, each until a midnight (UTC).

    A run that cannot be read is not used; `notes` of the result contain the reason.
    """
    prior = PriorEvents()
    complete = [run for run in list_runs(runs) if not run.partial and run.run_id.endswith(f"-{owner}")]
    for run in complete[:MAX_RUNS]:
        try:
            with open_run(run.path, limits=StatementLimits(SECONDS)) as reader:
                reader.require_checked()
                _add_windows(prior, run.path, reader, demo, start)
        except IamsqlError as error:
            reason = str(error).partition("\n")[0]
            prior.notes.append(f"Events of run {run.run_id} are not reused: {reason}")
    return prior


def _add_windows(prior: PriorEvents, path: Path, reader: Reader, demo: bool, start: datetime) -> None:
    """Add the windows of a run. Imports are not reused, and a demo is only reused by a demo."""
    run, tables = reader.facts, reader.stored_columns()
    if run.started_at is None or bool(run.options.get("demo")) != demo or "import" in run.options:
        return
    if not has_table(tables, COVERAGE_TABLE, COVERAGE):
        return
    sources = {
        "look-up": has_table(tables, f"raw.{EVENTS.raw}", RAW),
        "trail": records_select(tables) is not None,
    }
    for row in read_event_coverage(reader, start):
        if row.window_end is None or not sources.get(row.source):
            continue
        until = min(datetime.fromisoformat(row.window_end), run.started_at - DELIVERY_DELAY).astimezone(UTC)
        # Log files are stored by day, so events are reused until the start of a day.
        until = until.replace(hour=0, minute=0, second=0, microsecond=0)
        if until > start:
            prior.paths[run.run_id] = path
            prior.add(row.source, row.account_id, row.region, PriorWindow(until, run.run_id, row.look_up or ""))


def copy_events(
    writer: RunWriter, prior: PriorEvents, reused: Sequence[ReusedWindow], window: Window
) -> list[tuple[ReusedWindow, str]]:
    """Copy the events of earlier runs; of each run, all windows or none.

    Return the windows that cannot be copied, each with the reason.
    """
    by_run: dict[str, list[ReusedWindow]] = {}
    for wanted in reused:
        by_run.setdefault(wanted.prior.run_id, []).append(wanted)
    lost: list[tuple[ReusedWindow, str]] = []
    for run_id, windows in by_run.items():
        try:
            _copy(writer, prior.paths[run_id], windows, window)
        except OpenError as error:
            lost += [(wanted, f"run {run_id} cannot be read any more: {error.reason}") for wanted in windows]
    return lost


def _copy(writer: RunWriter, path: Path, reused: Sequence[ReusedWindow], window: Window) -> None:
    """Copy the events of one earlier run; the look-ups of many names may use one window of all write events."""
    rows = dict.fromkeys(
        (source, account, region, prior.name, prior.until.isoformat()) for source, account, region, prior in reused
    )
    looked_up = COPY_LOOKED_UP.format(*(time.isoformat() for time in window))
    with writer.attached(path, {COPIED: list(rows)}) as tables, writer.transaction():
        if has_table(tables, f"raw.{EVENTS.raw}", RAW):
            writer.execute(looked_up)
        copy_records(writer, tables, window)
