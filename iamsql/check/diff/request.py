"""Find the queries and controls that are compared or counted, and bind them to their arguments once for all runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.catalog.params import require_parameters
from iamsql.check.arguments import select_arguments
from iamsql.check.controls import ControlRun, run_controls
from iamsql.check.open_run import Evaluation
from iamsql.check.result_filter import ResultFilter
from iamsql.check.selection import LEVELS, load_catalog, select_controls
from iamsql.model import IamsqlError, Query
from iamsql.query.run_query import find_query
from iamsql.runs.store.source import Openable, run_path

OpenControls = Callable[[Openable], AbstractContextManager[ControlRun]]  # opens a run to run the controls over it


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
class ResolvedRequest:
    """The queries with the values of their parameters, the controls, and notes on files of the working folder."""

    queries: Sequence[tuple[Query, dict[str, Any]]]
    controls: OpenControls | None
    notes: list[str]


def resolve_request(request: FindingRequest) -> ResolvedRequest:
    """Find the queries and controls of a request. Raise IamsqlError for unknown names and arguments, and invalid files."""
    queries = [find_query(text, request.query_dirs) for text in request.queries]
    catalog_queries = [query for query, text in zip(queries, request.queries, strict=True) if catalog.is_name(text)]
    notes = catalog.query_notes(catalog_queries, catalog.Config())
    queries_with_values = [(query, catalog.bind(query, select_arguments(query, request.args))) for query in queries]
    params = {param.name for query in queries for param in query.params}
    if not request.controls:
        require_parameters(request.args, params, "queries")
        return ResolvedRequest(queries_with_values, None, notes)
    controls, control_notes = _resolve_controls(request, params)
    return ResolvedRequest(queries_with_values, controls, [*notes, *control_notes])


def _resolve_controls(request: FindingRequest, query_params: set[str]) -> tuple[OpenControls, list[str]]:
    """Return a function that runs the controls, and notes; `query_params` are the parameters of the queries."""
    checks = load_catalog(request.query_dirs)
    if checks.selects_detections(request.controls):
        raise IamsqlError("--check does not take detections; select a detection as a query instead.")
    settings = checks.read_config(request.config)
    for failure in checks.failures(request.controls):
        raise IamsqlError(failure)
    selection = select_controls(checks, request.controls, severity=LEVELS[-1], args={}, settings=catalog.Config())
    control_params = {param.name for query in selection.queries for param in query.params}
    # A value that only the queries have a parameter for is not an error of the controls.
    args = {name: value for name, value in request.args.items() if name in control_params or name not in query_params}
    result_filter = ResultFilter(mutes=request.mutes)

    def open_controls(run: Openable) -> AbstractContextManager[ControlRun]:
        evaluation = Evaluation(run, run_path(run).parent, args=args, settings=settings)
        return run_controls(checks, request.controls, evaluation, result_filter)

    notes = catalog.query_notes(selection.queries, settings, request.args)
    return open_controls, [*checks.notes(request.controls), *notes, *selection.origin_notes()]
