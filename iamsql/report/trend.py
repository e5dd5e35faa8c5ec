"""The key numbers in the earlier runs of the folder that are comparable: of the same organization, with the same scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from iamsql.coverage.words import counted
from iamsql.model import IamsqlError
from iamsql.report.contents import Number
from iamsql.report.numbers import Value, values_of
from iamsql.report.trend_cache import NumberCache, Values
from iamsql.runs.directory import RunFile
from iamsql.runs.latest import KnownRun, same_organization
from iamsql.runs.status import FINISHED, finished

MAX_RUNS = 20


@dataclass(frozen=True)
class Point:
    """The numbers of an earlier run."""

    started: datetime
    values: Values


@dataclass(frozen=True)
class TrendSource:
    """How the numbers of earlier runs are found: in the cache or, for at most `limit` runs, by counting them.

    `progress` is called with a line for each run that is counted.
    """

    cache: NumberCache
    count: Callable[[Path], Values]
    limit: int
    progress: Callable[[str], None]


def read_trend(current: KnownRun, folder: Path, source: TrendSource) -> tuple[list[Point], str]:
    """Return the numbers of up to MAX_RUNS earlier runs, oldest first, and sentences about the runs that are left out."""
    runs, left_out = earlier_runs(current, folder)
    known = {run.path: source.cache.load(run) for run, _ in runs}
    uncounted = [run for run, _ in runs if known[run.path] is None]
    chosen, rest = uncounted[: source.limit], uncounted[source.limit :]
    for number, run in enumerate(chosen, 1):
        source.progress(f"Counting run {number} of {len(chosen)} for the trends: {run.run_id}")
        try:
            values = source.count(run.path)
        except IamsqlError as error:
            left_out[f"{run.run_id}: {str(error).splitlines()[0].rstrip('.')}"] = 1
        else:
            known[run.path] = values
            source.cache.store(run, values)
    points = [Point(started, found) for run, started in reversed(runs) if (found := known[run.path]) is not None]
    return points, "\n".join([*_left_out(left_out), *_not_counted(len(rest), source.limit)])


def with_trend(numbers: Mapping[str, Value], points: Sequence[Point], started: datetime | None) -> list[Number]:
    """Return the numbers with their values in the earlier runs and in this one, which started at `started`."""
    runs = [*points, *([Point(started, values_of(numbers))] if started else [])]
    return [
        Number(key, value, is_complete, [(run.started, run.values[key]) for run in runs])
        for key, (value, is_complete) in numbers.items()
    ]


def earlier_runs(current: KnownRun, folder: Path) -> tuple[list[tuple[RunFile, datetime]], Counter[str]]:
    """Return up to MAX_RUNS comparable runs before a run, latest first, and the reasons of the others with their number."""
    found: list[tuple[RunFile, datetime]] = []
    left_out: Counter[str] = Counter()
    if current[1].started is None:
        return found, left_out
    latest = (current[1].started, current[0].run_id)
    for run, status in finished(folder):
        started = status.started or run.started
        # Runs of the sample organization on one day start at the same time; their IDs have the times at which they were made.
        if started is None or (started, run.run_id) >= latest:
            continue
        if reason := _why_not(current, (run, status)):
            left_out[reason] += 1
        else:
            found.append((run, started))
        if len(found) == MAX_RUNS:
            break
    return found, left_out


def _why_not(current: KnownRun, other: KnownRun) -> str:
    """Return why a run is not comparable; '' if it is."""
    (run, status), scope = other, current[1].scope
    if status.status not in FINISHED or status.scope is None:
        return f"{run.run_id}: {status.status}"
    if not same_organization(current, other):
        return "of another organization"
    return "" if scope and status.scope.limits == scope.limits else "with another scope"


def _left_out(reasons: Mapping[str, int]) -> list[str]:
    """Return a sentence with the runs that are not in the trends. A reason that names a run has a colon."""
    parts = [reason if ":" in reason else f"{counted(number, 'run')} {reason}" for reason, number in reasons.items()]
    return [f"Not in the trends: {'; '.join(parts)}."] if parts else []


def _not_counted(number: int, limit: int) -> list[str]:
    if not number:
        return []
    runs = "1 earlier run was" if number == 1 else f"{number} earlier runs were"
    return [f"{runs} not counted for the trends. Count more runs with: iamsql report --trend {min(limit + number, 20)}"]
