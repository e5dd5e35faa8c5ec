"""Count rows or results run by run, with the number of accounts that each run read: fewer rows may mean fewer accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from iamsql.catalog import Config, bind, is_name, query_notes, read_config
from iamsql.catalog.params import did_you_mean
from iamsql.check import ResultFilter, load_catalog
from iamsql.check.dependencies import tables_depended_on
from iamsql.coverage.summary import coverage_of
from iamsql.diff import FindingRequest, control_args, controls_notes
from iamsql.diff.findings import results_of
from iamsql.diff.runs import Run, history_of, read_run
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.compat import open_compatible
from iamsql.query.run import find_query
from iamsql.query.session import answer

COLUMNS = {
    "run": "VARCHAR", "started_at": "TIMESTAMP WITH TIME ZONE", "query": "VARCHAR", "rows": "BIGINT", "ok": "BIGINT",
    "alarm": "BIGINT", "error": "BIGINT", "muted": "BIGINT", "accounts_read": "BIGINT", "accounts_missing": "BIGINT",
    "failure": "VARCHAR",
}  # fmt: skip
STATUSES = ("ok", "alarm", "error", "muted")
Row = tuple[Any, ...]


def trend(request: FindingRequest, latest: Path, *, runs_dir: Path) -> tuple[Result, list[str]]:
    """Return a row for each run and query, or each run and all named controls, oldest run first, and notes.

    The runs are those of the organization of `latest`. Accounts in which no role can be assumed, such as suspended ones, count
    neither as read nor as missing.
    """
    if not request:
        raise IamsqlError("Missing QUERY or --check: give a query, or controls.")
    notes = _origin(request)
    history = history_of(runs_dir, read_run(latest))
    rows = [row for run in reversed(history.runs) for row in _rows(request, run)]
    left = [f"Left out: {'; '.join(history.left_out)}."] if history.left_out else []
    return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values())), [*notes, *left]


def _origin(request: FindingRequest) -> list[str]:
    """Return lines on the queries, controls and settings that come from the working folder."""
    queries = [find_query(text, request.query_dirs) for text in request.queries if is_name(text)]
    notes = query_notes(queries, Config())
    if request.controls:
        checks = load_catalog(request.query_dirs)
        notes += controls_notes(checks, request, read_config(request.config, checks.names))
    return notes


def _rows(request: FindingRequest, run: Run) -> Iterator[Row]:
    """Yield the rows of one run. A query that fails is a row with its error in `failure`."""
    head, args = (run.facts.run_id, run.started), dict(request.args)
    queries = [find_query(text, request.query_dirs) for text in request.queries]
    for query in queries:
        known = [param.name for param in query.params]
        if not request.controls and (wrong := [name for name in args if name not in known]):
            raise IamsqlError(f"{query.name} has no parameter {wrong[0]!r}{did_you_mean(wrong[0], known)}")
        values = bind(query, {name: args[name] for name in known if name in args})
        try:
            yield *head, query.name, *_of_query(query, values, run.path), None
        except IamsqlError as error:
            yield *head, query.name, *(None,) * 7, str(error).splitlines()[0]
    if request.controls:
        yield *head, ", ".join(request.controls), *_of_controls(request, queries, run.path)


def _of_query(query: Query, values: Mapping[str, Any], path: Path) -> Row:
    with closing(open_compatible(path, query.sql)) as reader:
        rows = answer(reader, query, values).result.rows
        coverage = coverage_of(reader, tables_depended_on(reader, query.sql))
        return (len(rows), *(None,) * len(STATUSES), coverage.read, coverage.missing)


def _of_controls(request: FindingRequest, queries: Sequence[Query], path: Path) -> Row:
    checks = load_catalog(request.query_dirs)
    settings = read_config(request.config, checks.names)
    args, result_filter = control_args(checks, request, queries), ResultFilter(mutes=request.mutes)
    with results_of(checks, request.controls, args, result_filter, settings, path) as control_run:
        for _ in control_run.run():  # the totals are complete when all controls have run
            pass
        totals = control_run.totals
        failure = next((message.splitlines()[0] for message in control_run.failures.values()), None)
        coverage = control_run.coverage
        return (totals.total(), *(totals[status] for status in STATUSES), coverage.read, coverage.missing, failure)
