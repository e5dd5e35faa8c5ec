"""Choose the day of the sample organization that `sync --demo` reads: the day after the newest run of the sample in the folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.runs.directory import list_runs
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.reader import open_run
from iamsql.sync.options import Options
from iamsql.sync.shards import parse_shard

DAYS = 3  # of the sample organization's story


@dataclass(frozen=True)
class SampleDay:
    """A day of the sample organization: its number, its date, and whether the newest run already has the last day."""

    number: int
    date: date
    is_repeated: bool = False

    def lines(self, accounts: int) -> Iterator[str]:
        """Yield the lines for the user about the data of a sync."""
        yield f"This is a sample organization of {accounts} accounts with problems planted on purpose."
        if self.is_repeated:
            yield f"Day {self.number} is its last day, and is read again. Read an earlier day with --day 1 or --day 2."
        elif self.number < DAYS:
            yield f"Day {self.number} of {DAYS}: the next sync --demo into the same folder reads day {self.number + 1}."
        else:
            yield f"Day {self.number} of {DAYS}."


def choose_day(options: Options, owner: str, today: date, resumed: RunMetadata | None = None) -> SampleDay:
    """Return the day to read: of the resumed run, of --day, or the day after the newest run of the sample `owner`.

    The days are consecutive dates. Without an earlier run, the last day is yesterday.
    """
    if resumed is not None and resumed.started_at is not None:
        return SampleDay(_day_number(resumed), resumed.started_at.astimezone(UTC).date())
    first, newest = today - timedelta(days=DAYS), 0
    if metadata := next(_sample_runs(options, owner), None):
        newest = _day_number(metadata)
        started = metadata.started_at or datetime.now(UTC)
        first = started.astimezone(UTC).date() - timedelta(days=newest - 1)
    number = options.day or min(newest + 1, DAYS)
    return SampleDay(number, first + timedelta(days=number - 1), not options.day and newest == DAYS)


def _sample_runs(options: Options, owner: str) -> Iterator[RunMetadata]:
    """Yield the complete runs of the sample organization that have the accounts of this sync, newest first."""
    shard = parse_shard(options.shard)
    owners = (owner, *([owner + shard.suffix] if shard else ()))
    for run in list_runs(options.runs):
        if run.started and not run.partial and run.run_id.partition("-")[2] in owners:
            yield from _sample_metadata(run.path)


def _sample_metadata(path: Path) -> Iterable[RunMetadata]:
    """Return the metadata of a file, if it is a sync of the sample organization."""
    try:
        with open_run(path) as reader:
            metadata = reader.metadata
    except IamsqlError:  # another program writes it, or it is damaged
        return []
    return (
        [metadata] if metadata.options.get("demo") and metadata.started_at and "import" not in metadata.options else []
    )


def _day_number(metadata: RunMetadata) -> int:
    """Return the day of a run, 1 for an invalid value: the file may have been edited."""
    number = metadata.options.get("day")
    return number if isinstance(number, int) and 1 <= number <= DAYS else 1
