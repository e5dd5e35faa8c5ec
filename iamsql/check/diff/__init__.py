"""Compare two runs of one organization: resources that are new, gone or changed, and findings that opened or were resolved.

A resource or finding that one of the runs does not cover is `not_compared`, never new, gone, opened or resolved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

from iamsql.catalog.params import did_you_mean
from iamsql.check.diff.finding_age import Row, compare_findings
from iamsql.check.diff.findings import FindingSet, FindingSource, finding_sources
from iamsql.check.diff.report import CHANGE_LABELS, FINDING_KIND, DiffCounts, Filters, add_findings, create_diff
from iamsql.check.diff.request import FindingRequest, resolve_request
from iamsql.check.diff.resource_type import ResourceType, resource_types
from iamsql.check.diff.resources import compare_resources
from iamsql.check.diff.runs import Run, find_history, read_run
from iamsql.model import IamsqlError, Result
from iamsql.runs.coverage.newer_version import is_newer, newer_note
from iamsql.runs.coverage.scope_changes import scope_changes
from iamsql.runs.directory import Folder
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.source import Openable


@dataclass(frozen=True)
class DiffResult:
    """The rows of the comparison, or of the SQL over both runs; their counts; notes for the reader; and both runs."""

    result: Result
    counts: DiffCounts
    summary: str
    notes: list[str]
    runs: tuple[RunMetadata, RunMetadata]


def resource_type_names() -> list[str]:
    """Return the names of the resource types, and `finding`."""
    return [*resource_types(), FINDING_KIND]


def diff(
    old: Openable,
    new: Openable,
    *,
    runs_dir: Folder,
    filters: Filters | None = None,
    request: FindingRequest | None = None,
    sql: str = "",
    with_history: bool = True,
) -> DiffResult:
    """Compare two runs. With `request`, compare the findings, and only the resource types that the filters contain.

    `sql` is run with both runs as `old` and `new`, and the comparison as `diff`. Without `with_history`, the first occurrence of
    a finding is searched in the two runs only, which is faster. Raise IamsqlError for runs of different
    organizations and for unknown names.
    """
    filters, request = filters or Filters(), request or FindingRequest()
    _validate(filters)
    before, after = read_run(old), read_run(new)
    if not before.is_of(after):
        raise IamsqlError(
            f"{before.metadata.run_id} is of {_organization_name(before)} "
            f"and {after.metadata.run_id} of {_organization_name(after)}: they cannot be compared.\n"
            "Choose two runs of the same organization. List the runs with: iamsql runs"
        )
    notes = _run_notes(before, after)
    resolved = resolve_request(request)  # invalid names raise before anything is compared
    notes += resolved.notes
    rows: list[Row] = []
    if request:
        runs, left_out_runs = find_history(runs_dir, after, before) if with_history else ([before, after], [])
        earlier_runs = [run for run in runs if run.started < after.started]
        for source in finding_sources(resolved, request.key):
            rows += _finding_differences(source, earlier_runs, before, after, notes, left_out_runs)
        notes += [f"Left out of the history: {'; '.join(left_out_runs)}."] if left_out_runs else []
    with compare_resources(old, new, _selected_types(filters, bool(request)), sql) as pair:
        if rows:
            add_findings(pair, rows)
        counts = create_diff(pair, filters)
        result = pair.ask(sql) if sql else pair.ask("from temp.main.diff")
        return DiffResult(result, counts, counts.line(bool(request)), notes, (before.metadata, after.metadata))


def _finding_differences(
    source: FindingSource, history: Sequence[Run], old: Run, new: Run, notes: list[str], left_out_runs: list[str]
) -> Iterator[Row]:
    """Yield the differences between the findings of a source. An earlier run that cannot be queried is added to `left_out_runs`."""
    before, after = source(old), source(new)

    @cache
    def findings_of(run: Run) -> dict[str, FindingSet]:
        try:
            return before if run is old else source(run)
        except IamsqlError as error:
            left_out_runs.append(f"{run.path.name}: {str(error).splitlines()[0]}")
            return {}

    def earlier(name: str) -> Iterator[FindingSet]:
        return (sets[name] for run in history if name in (sets := findings_of(run)))

    for name, findings in after.items():
        if findings.key:
            notes.append(f"{name}: a finding is identified by {', '.join(findings.key)}.")
        if name in before:
            yield from compare_findings(name, before[name], findings, partial(earlier, name))


def _selected_types(filters: Filters, findings: bool) -> list[ResourceType]:
    """Return the resource types to compare: the types of the filters. Without any, none if findings are compared, or all.

    If there are any, the type `account` is added: the row of an account that left replaces the rows of its resources.
    """
    types = resource_types()
    names = set(filters.kinds) - {FINDING_KIND} if filters.kinds else set() if findings else set(types)
    return [resource_type for name, resource_type in types.items() if name in names or (names and name == "account")]


def _validate(filters: Filters) -> None:
    """Raise IamsqlError for unknown resource types and changes."""
    for requested, valid, noun in (
        (filters.kinds, resource_type_names(), "resource type"),
        (filters.changes, list(CHANGE_LABELS), "change"),
    ):
        for name in requested:
            if name not in valid:
                raise IamsqlError(
                    f"unknown {noun} {name!r}{did_you_mean(name, valid)} ({noun}s are {', '.join(valid)})"
                )


def _run_notes(old: Run, new: Run) -> list[str]:
    """Return notes on the runs themselves."""
    notes = []
    if old.started > new.started:
        notes.append(
            f"OLD ({old.metadata.run_id}) is later than NEW ({new.metadata.run_id}): a resource that is reported as new was"
            " deleted, and the reverse. To compare forwards, swap OLD and NEW."
        )
    if old.scope.limits != new.scope.limits:
        notes.append(
            f"The runs have different scopes: {old.metadata.run_id} ({old.scope.words()}) and {new.metadata.run_id}"
            f" ({new.scope.words()}). Data that only one of them read is not compared."
        )
    if differences := scope_changes(old.scope, new.scope).words():
        notes.append(f"{new.metadata.run_id}: {differences}")
    for run in (old, new):
        if run.metadata.reused_from:
            notes.append(
                f"{run.metadata.run_id} copied the data of some accounts from {run.metadata.reused_from}: changes between these two"
                " runs are missing for these accounts."
            )
        if is_newer(run.metadata):
            notes.append(newer_note(run.metadata))
    return notes


def _organization_name(run: Run) -> str:
    return run.metadata.organization_id or f"account {min(run.accounts, default='(none)')}"
