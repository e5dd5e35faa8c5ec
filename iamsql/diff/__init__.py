"""Compare two runs of one organization: resources that are new, gone or changed, and findings that opened or were resolved.

A resource or finding that one of the runs does not cover is `not_compared`, never new, gone, opened or resolved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from iamsql import catalog
from iamsql.catalog.params import did_you_mean, require_parameters
from iamsql.check import CheckCatalog, load_catalog
from iamsql.check.selection import LEVELS, Selection, select_controls
from iamsql.coverage.newer_version import is_newer, newer_note
from iamsql.diff.finding_age import Row, compare_findings
from iamsql.diff.findings import FindingSource, of_controls, of_query
from iamsql.diff.report import CHANGES, FINDING, Counts, Filters, add_findings, create_diff
from iamsql.diff.resource_type import ResourceType, resource_types
from iamsql.diff.resources import compare_resources
from iamsql.diff.runs import History, Run, history_of, read_run
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.run import find_query

__all__ = [
    "CHANGES",
    "Counts",
    "DiffResult",
    "Filters",
    "FindingRequest",
    "diff",
    "finding_sources",
    "resource_type_names",
]


@dataclass(frozen=True)
class FindingRequest:
    """The queries and controls whose findings are compared, with argument values and key columns."""

    queries: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    args: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    query_dirs: tuple[str, ...] = ()
    config: Path | None = None
    mutes: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there are queries or controls to compare."""
        return bool(self.queries or self.controls)


@dataclass(frozen=True)
class DiffResult:
    """The rows of the comparison, or of the SQL over both runs; their counts; and notes for the reader."""

    result: Result
    counts: Counts
    summary: str
    notes: list[str]


def resource_type_names() -> list[str]:
    """Return the names of the resource types, and `finding`."""
    return [*resource_types(), FINDING]


def diff(
    old: Path,
    new: Path,
    *,
    runs_dir: Path,
    filters: Filters | None = None,
    request: FindingRequest | None = None,
    sql: str = "",
) -> DiffResult:
    """Compare two runs. With `request`, compare the findings, and only the resource types that the filters contain.

    `sql` is run with both runs as `old` and `new`, and the comparison as `diff`. Raise IamsqlError for runs of different
    organizations and for unknown names.
    """
    filters, request = filters or Filters(), request or FindingRequest()
    _validate(filters)
    before, after = read_run(old), read_run(new)
    if not before.is_of(after):
        raise IamsqlError(
            f"{before.facts.run_id} is of {_organization(before)} and {after.facts.run_id} of {_organization(after)}:"
            " they cannot be compared.\nChoose two runs of the same organization. List the runs with: iamsql runs"
        )
    notes = _notes(before, after)
    sources = list(finding_sources(request, notes))  # invalid names raise before anything is compared
    rows: list[Row] = []
    if sources:
        history = history_of(runs_dir, after, before)
        rows = [row for source in sources for row in _findings(source, history, before, after, notes)]
        notes += [f"Left out of the history: {'; '.join(history.left_out)}."] if history.left_out else []
    with compare_resources(old, new, _chosen(filters, bool(request)), sql) as pair:
        add_findings(pair, rows)
        counts = create_diff(pair, filters)
        result = pair.ask(sql) if sql else pair.ask("from temp.main.diff")
        return DiffResult(result, counts, counts.line(bool(request)), notes)


def finding_sources(request: FindingRequest, notes: list[str]) -> Iterator[FindingSource]:
    """Yield a source of findings for each query, and one for all controls; raise IamsqlError for unknown names and arguments.

    Add lines to `notes` on what comes from the working folder.
    """
    queries = [find_query(text, request.query_dirs) for text in request.queries]
    named = [query for query, text in zip(queries, request.queries, strict=True) if catalog.is_name(text)]
    notes += catalog.query_notes(named, catalog.Config())
    for query in queries:
        names = {param.name for param in query.params} & request.args.keys()
        yield of_query(query, catalog.bind(query, {name: request.args[name] for name in names}), request.key)
    if request.controls:
        checks = load_catalog(request.query_dirs)
        if checks.selects_detections(request.controls):
            raise IamsqlError("--check does not take detections; compare the findings of a detection with --query.")
        settings = catalog.read_config(request.config, checks.names)
        notes += controls_notes(checks, request, settings)
        yield of_controls(checks, request.controls, control_args(checks, request, queries), settings, request.mutes)
    else:
        require_parameters(request.args, [param.name for query in queries for param in query.params], "queries")


def control_args(checks: CheckCatalog, request: FindingRequest, queries: Sequence[Query]) -> dict[str, str]:
    """Return the values of --arg for the controls. A value that only the queries have a parameter for is left out."""
    of_queries = {param.name for query in queries for param in query.params}
    of_controls = {param.name for query in _controls(checks, request).queries for param in query.params}
    return {name: value for name, value in request.args.items() if name in of_controls or name not in of_queries}


def controls_notes(checks: CheckCatalog, request: FindingRequest, settings: catalog.Config) -> list[str]:
    """Return lines on what comes from the working folder; raise IamsqlError for an invalid file among the controls."""
    for failure in checks.failures(request.controls):
        raise IamsqlError(failure)
    chosen = _controls(checks, request)
    notes = catalog.query_notes(chosen.queries, settings, request.args)
    return [*checks.notes(request.controls), *notes, *chosen.origin()]


def _controls(checks: CheckCatalog, request: FindingRequest) -> Selection:
    return select_controls(checks, request.controls, severity=LEVELS[-1], args={}, settings=catalog.Config())


def _findings(source: FindingSource, history: History, old: Run, new: Run, notes: list[str]) -> Iterator[Row]:
    """Yield the differences between the findings of a source."""
    before, after = history.require_findings(source, old.path), history.require_findings(source, new.path)
    for name, findings in after.items():
        if findings.key:
            notes.append(f"{name}: a finding is identified by {', '.join(findings.key)}.")
        if name in before:
            yield from compare_findings(name, before[name], findings, partial(history.earlier, source, new, name))


def _chosen(filters: Filters, findings: bool) -> list[ResourceType]:
    """Return the resource types to compare: those of the filters, else none if findings are compared, else all.

    If there are any, the type `account` is added: the row of an account that left replaces the rows of its resources.
    """
    types = resource_types()
    names = set(filters.kinds) - {FINDING} if filters.kinds else set() if findings else set(types)
    return [kind for name, kind in types.items() if name in names or (names and name == "account")]


def _validate(filters: Filters) -> None:
    """Raise IamsqlError for unknown resource types and changes."""
    for given, known, noun in (
        (filters.kinds, resource_type_names(), "resource type"),
        (filters.changes, list(CHANGES), "change"),
    ):
        for name in given:
            if name not in known:
                raise IamsqlError(
                    f"unknown {noun} {name!r}{did_you_mean(name, known)} ({noun}s are {', '.join(known)})"
                )


def _notes(old: Run, new: Run) -> list[str]:
    """Return notes on the runs themselves."""
    notes = []
    if old.started > new.started:
        notes.append(
            f"OLD ({old.facts.run_id}) is later than NEW ({new.facts.run_id}): a resource that is reported as new was"
            " deleted, and the reverse. To compare forwards, swap OLD and NEW."
        )
    if old.scope.limits != new.scope.limits:
        notes.append(
            f"The runs have different scopes: {old.facts.run_id} ({old.scope.words()}) and {new.facts.run_id}"
            f" ({new.scope.words()}). Data that only one of them read is not compared."
        )
    for run in (old, new):
        if run.facts.reused_from:
            notes.append(
                f"{run.facts.run_id} copied the data of some accounts from {run.facts.reused_from}: changes between these two"
                " runs are missing for these accounts."
            )
        if is_newer(run.facts):
            notes.append(newer_note(run.facts))
    return notes


def _organization(run: Run) -> str:
    return run.facts.organization_id or f"account {min(run.accounts, default='(none)')}"
