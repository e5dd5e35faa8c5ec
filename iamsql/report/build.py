"""Read the contents of the page: from a run, from earlier runs for the trends, and from the run to compare with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from iamsql.catalog import Config
from iamsql.catalog.settings.report_options import ALL_CONTROLS, ReportOptions
from iamsql.check.controls import ControlRun, run_controls
from iamsql.check.diff.request import FindingRequest
from iamsql.check.mutes import configured_mutes, read_mutes
from iamsql.check.open_run import Evaluation
from iamsql.check.result_filter import ResultFilter
from iamsql.check.selection import LEVELS, CheckCatalog, Selection, load_catalog, select_controls
from iamsql.model import IamsqlError, Query, Result
from iamsql.report.changes import read_changes
from iamsql.report.concurrent import computed_in_thread
from iamsql.report.contents import Contents
from iamsql.report.escalation import compute_escalation
from iamsql.report.events import NO_FINDINGS, read_detections, with_findings
from iamsql.report.numbers import Value, select_values
from iamsql.report.principals import with_detections
from iamsql.report.queries import all_queries, count_queries
from iamsql.report.sections import Sections, count_controls, read_sections
from iamsql.report.trend import Trend, TrendSource, read_trend, with_trend
from iamsql.report.trend_cache import NumberCache, Values, number_cache
from iamsql.runs.checksums import hash_file
from iamsql.runs.coverage.caveats import past_state
from iamsql.runs.directory import Folder, run_file
from iamsql.runs.latest import Choice, RunName, RunWithStatus, choose
from iamsql.runs.status import run_status
from iamsql.runs.store.reader import open_run
from iamsql.runs.store.source import Openable, run_path

DEFAULT_BENCHMARK, PREVIOUS_RUN = ALL_CONTROLS, "previous"
NO_CHANGES: tuple[Result | None, str] = (None, "")


@dataclass(frozen=True)
class ReportRequest(ReportOptions):
    """What to report.

    - `benchmarks`: names of benchmarks, controls and tags.
    - `since`: the earlier run to compare with; '' for none.
    - `trend`: the maximum number of earlier runs that are counted for the trends.
    """

    mutes: tuple[Path, ...] = ()
    config: Path | None = None
    query_dirs: tuple[str, ...] = ()


@dataclass(frozen=True)
class _ReportSource:
    """A request with the files that it names, and the folder of the runs."""

    request: ReportRequest
    checks: CheckCatalog
    settings: Config
    runs_dir: Folder

    def open_controls(self, run: Openable, other_queries: list[Query]) -> AbstractContextManager[ControlRun]:
        """Open a run for the controls and for other queries."""
        evaluation = Evaluation(run, self.runs_dir, settings=self.settings)
        result_filter = ResultFilter(mutes=self.request.mutes)
        return run_controls(self.checks, self.request.benchmarks, evaluation, result_filter, other_queries)

    def cache(self, selection: Selection) -> NumberCache:
        """Return the cache of the numbers of runs with the selected controls."""
        mutes = [
            *configured_mutes(self.settings, self.checks.controls),
            *read_mutes(self.request.mutes, self.checks.controls),
        ]
        return number_cache(selection, mutes, count_queries(self.checks))

    def count(self, run: Openable) -> Values:
        """Return the key numbers of a run."""
        with self.open_controls(run, count_queries(self.checks)) as control_run:
            return select_values(count_controls(self.checks, control_run))


def read_contents(
    request: ReportRequest,
    *,
    run: RunName,
    runs_dir: Folder,
    progress: Callable[[str], None],
    section: Callable[[str], None] = lambda name: None,
) -> tuple[Contents, list[str]]:
    """Read a run, and return the contents of the page and notes on the choice of the runs.

    `progress` is called with a line for each earlier run that is counted, and `section` with the name of each section that is
    read. Raise IamsqlError for unknown names and runs, and for a file that is not a run.
    """
    checks = load_catalog(request.query_dirs)
    source = _ReportSource(request, checks, checks.read_config(request.config), runs_dir)
    choice = choose(runs_dir, run)
    earlier_choice = _earlier_choice(request.since, choice.run, runs_dir)
    current_run, sections = _run_with_status(choice.run), Sections(progress=section)
    earlier_run = _run_with_status(earlier_choice.run) if earlier_choice else None
    if earlier_run:
        _require_same_organization(earlier_run, current_run)
    contents, numbers, findings, control_run = _read_run(source, choice.run, sections)
    if not contents.heading.base_run:  # the file of a past state is deleted
        source.cache(control_run.selection).store(current_run[0], select_values(numbers))
    trend = _read_trend(source, control_run, current_run, sections, progress)
    result, summary = NO_CHANGES
    if earlier_run:
        result, summary = sections.read(
            "changes", lambda: _read_changes_since(source, earlier_run, current_run), NO_CHANGES, about_runs=True
        )
    contents = replace(
        contents,
        heading=replace(
            contents.heading,
            **_earlier_run_fields(earlier_run),
            digest=hash_file(choice.path) if isinstance(choice.run, Path) and not contents.heading.base_run else "",
            scope=_scope_in_words(current_run),
        ),
        numbers=with_trend(numbers, trend.points, current_run[1].started),
        other_scope=(trend.other_run, trend.scope_changes),
        events=with_findings(contents.events, findings, sections.missing.get("events", "")),
        principals=with_detections(contents.principals, findings),
        changes=result,
        changes_summary=summary,
        missing=sections.missing,
        incomplete=sections.incomplete,
    )
    return contents, [*choice.notes, *(earlier_choice.notes if earlier_choice else ())]


def _read_run(
    source: _ReportSource, run: Openable, sections: Sections
) -> tuple[Contents, dict[str, Value], Result, ControlRun]:
    """Return the contents of a run, its key numbers, the findings of detections, and the controls that were run."""
    checks, names = source.checks, source.request.benchmarks
    # Errors in names are raised before a thread starts, because a later error waits for its end.
    select_controls(checks, names, severity=LEVELS[-1], args={}, settings=source.settings)
    detections = partial(_read_detections, source, run)
    with computed_in_thread(run, partial(compute_escalation, run), detections) as (compute_paths, find_detections):
        with source.open_controls(run, all_queries(checks)) as control_run:
            contents, numbers = read_sections(checks, names, control_run, sections, compute_paths)
        findings = sections.read("events", find_detections, NO_FINDINGS)
    return contents, numbers, findings, control_run


def _earlier_choice(since: str, run: Openable, runs_dir: Folder) -> Choice | None:
    """Return the run to compare with; None without `since`. `previous` is the base run of the state at a past moment."""
    if since == PREVIOUS_RUN:
        with open_run(run) as reader:
            _, since, _ = past_state(reader.metadata) or ("", since, 0)
    return choose(runs_dir, since) if since else None


def _run_with_status(source: Openable) -> RunWithStatus:
    """Return a run with its status. Raise IamsqlError for a file that is not a run."""
    run = run_file(source) if isinstance(source, Path) else run_file(source.path, source)
    status = run_status(run) if run else None
    if run is None or status is None or not status.run_id or not status.started:
        raise IamsqlError(f"{run_path(source)} is not a run of iamsql.\nList the runs with: iamsql runs")
    return run, status


def _require_same_organization(old: RunWithStatus, new: RunWithStatus) -> None:
    organizations = old[1].organization, new[1].organization
    if all(organizations) and organizations[0] != organizations[1]:
        raise IamsqlError(
            f"{old[1].run_id} is of {organizations[0]} and {new[1].run_id} of {organizations[1]}: they cannot be compared."
            "\nName a run of the same organization with --since. List the runs with: iamsql runs"
        )


def _read_trend(
    source: _ReportSource,
    control_run: ControlRun,
    current_run: RunWithStatus,
    sections: Sections,
    progress: Callable[[str], None],
) -> Trend:
    """Return the numbers of the earlier runs."""
    cache = source.cache(control_run.selection)
    trend_source = TrendSource(cache, source.count, source.request.trend, progress, control_run.tables)
    return sections.read(
        "trend", lambda: read_trend(current_run, source.runs_dir, trend_source), Trend(), about_runs=True
    )


def _scope_in_words(current_run: RunWithStatus) -> str:
    """Return what limited the run and which events it read, as words."""
    scope = current_run[1].scope
    if scope is None:
        return ""
    return f"{scope.words()}; {'events of a trail' if scope.trail else 'events by name'}"


def _read_detections(source: _ReportSource, run: Openable) -> tuple[Result, str]:
    findings, failures = read_detections(source.checks, source.settings, run)
    return findings, "\n".join(failures)


def _read_changes_since(
    source: _ReportSource, old: RunWithStatus, new: RunWithStatus
) -> tuple[tuple[Result | None, str], str]:
    request = source.request
    findings = FindingRequest(
        controls=request.benchmarks, query_dirs=request.query_dirs, config=request.config, mutes=request.mutes
    )
    result, summary, notes = read_changes(old[0].openable, new[0].openable, source.runs_dir, findings)
    return (result, summary), "\n".join(notes)


def _earlier_run_fields(run: RunWithStatus | None) -> dict[str, Any]:
    return {"earlier_run": run[1].run_id, "earlier_started_at": run[1].started} if run else {}
