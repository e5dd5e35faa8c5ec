"""The key numbers in the earlier runs of the folder that are comparable: of the same organization, with the same scope.

A run that read less is not compared: a number that rises because more was read is not a change in AWS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from iamsql.model import IamsqlError
from iamsql.render.cells import pluralize
from iamsql.report.contents import Number
from iamsql.report.numbers import Value, select_values
from iamsql.report.trend_cache import NumberCache, Values
from iamsql.runs.coverage.scope_changes import ScopeChanges, scope_changes
from iamsql.runs.directory import Folder, RunFile
from iamsql.runs.latest import RunWithStatus, same_organization
from iamsql.runs.status import FINISHED_STATUSES, iter_finished
from iamsql.runs.store.source import Openable

MAX_RUNS = 20


@dataclass(frozen=True)
class Point:
    """The numbers of an earlier run."""

    started: datetime
    values: Values


@dataclass(frozen=True)
class Trend:
    """The numbers of the earlier runs, oldest first.

    `other_run` is the last run before this one if it has another scope, and `scope_changes` is the sentence about the difference.
    """

    points: Sequence[Point] = ()
    other_run: str = ""
    scope_changes: str = ""


@dataclass(frozen=True)
class TrendSource:
    """How to get the numbers of earlier runs: from the cache or, for at most `limit` runs, by counting them.

    `progress` is called with a line for each run that is counted. `tables` are the tables that the numbers depend on.
    """

    cache: NumberCache
    count: Callable[[Openable], Values]
    limit: int
    progress: Callable[[str], None]
    tables: Collection[str] | None = None


def read_trend(current: RunWithStatus, folder: Folder, source: TrendSource) -> tuple[Trend, str]:
    """Return the numbers of up to MAX_RUNS earlier runs, and sentences about the runs that are left out."""
    runs, excluded_runs, other_scope_run = earlier_runs(current, folder, source.tables)
    values_by_path = {run.path: source.cache.load(run) for run, _ in runs}
    uncounted_runs = [run for run, _ in runs if values_by_path[run.path] is None]
    runs_to_count, uncounted_rest = uncounted_runs[: source.limit], uncounted_runs[source.limit :]
    for number, run in enumerate(runs_to_count, 1):
        source.progress(f"Counting run {number} of {len(runs_to_count)} for the trends: {run.run_id}")
        try:
            values = source.count(run.openable)
        except IamsqlError as error:
            excluded_runs[f"{run.run_id}: {str(error).splitlines()[0].rstrip('.')}"] = 1
        else:
            values_by_path[run.path] = values
            source.cache.store(run, values)
    points = [
        Point(started, run_values)
        for run, started in reversed(runs)
        if (run_values := values_by_path[run.path]) is not None
    ]
    note = "\n".join([*_left_out_sentence(excluded_runs), *_not_counted_lines(len(uncounted_rest), source.limit)])
    return Trend(
        points, other_scope_run[0] if other_scope_run else "", other_scope_run[1].words() if other_scope_run else ""
    ), note


def with_trend(numbers: Mapping[str, Value], points: Sequence[Point], started: datetime | None) -> list[Number]:
    """Return the numbers with their values in the earlier runs and in this one, which started at `started`."""
    runs = [*points, *([Point(started, select_values(numbers))] if started else [])]
    return [
        Number(key, value, is_complete, [(run.started, run.values[key]) for run in runs])
        for key, (value, is_complete) in numbers.items()
    ]


def earlier_runs(
    current: RunWithStatus, folder: Folder, tables: Collection[str] | None = None
) -> tuple[list[tuple[RunFile, datetime]], Counter[str], tuple[str, ScopeChanges] | None]:
    """Return up to MAX_RUNS comparable runs before a run, latest first, the reasons of the others with their number, and the last
    run with its difference if it has another scope."""
    runs: list[tuple[RunFile, datetime]] = []
    excluded_runs: Counter[str] = Counter()
    other_scope_run: tuple[str, ScopeChanges] | None = None
    if current[1].started is None:
        return runs, excluded_runs, other_scope_run
    current_start = (current[1].started, current[0].run_id)
    for run, status in iter_finished(folder):
        started = status.started or run.started
        # Runs of the sample organization on one day start at the same time; their IDs have the times when they were made.
        if started is None or (started, run.run_id) >= current_start:
            continue
        reason, changes = _reason_against(current, (run, status), tables)
        if changes and not runs and other_scope_run is None:
            other_scope_run = (run.run_id, changes)
        if reason:
            excluded_runs[reason] += 1
        else:
            runs.append((run, started))
        if len(runs) == MAX_RUNS:
            break
    return runs, excluded_runs, other_scope_run


def _reason_against(
    current: RunWithStatus, other: RunWithStatus, tables: Collection[str] | None
) -> tuple[str, ScopeChanges]:
    """Return why a run is not comparable, '' if it is, and how the scope differs."""
    (run, status), scope = other, current[1].scope
    if status.status not in FINISHED_STATUSES or status.scope is None:
        return f"{run.run_id}: {status.status}", ScopeChanges()
    if not same_organization(current, other):
        return "of another organization", ScopeChanges()
    changes = (
        scope_changes(status.scope, scope, tables) if scope else ScopeChanges(other=["the scope of the run is unknown"])
    )
    return "with another scope" if changes else "", changes


def _left_out_sentence(reasons: Mapping[str, int]) -> list[str]:
    """Return a sentence with the runs that are not in the trends. A reason that names a run has a colon."""
    parts = [reason if ":" in reason else f"{pluralize(number, 'run')} {reason}" for reason, number in reasons.items()]
    return [f"Not in the trends: {'; '.join(parts)}."] if parts else []


def _not_counted_lines(number: int, limit: int) -> list[str]:
    if not number:
        return []
    runs = "1 earlier run was" if number == 1 else f"{number} earlier runs were"
    return [f"{runs} not counted for the trends. Count more runs with: iamsql report --trend {min(limit + number, 20)}"]
