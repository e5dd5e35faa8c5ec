"""Count rows or results run by run, with the number of accounts that each run read. Fewer rows can mean fewer accounts.

A run that read other data than the previous run has a note, because its numbers cannot be compared with earlier numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any, NamedTuple

from iamsql.check.dependencies import tables_depended_on
from iamsql.check.diff.request import FindingRequest, OpenControls, resolve_request
from iamsql.check.diff.runs import find_history, read_run
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.compat import open_compatible
from iamsql.query.execute import answer
from iamsql.runs.coverage.scope_changes import scope_changes
from iamsql.runs.coverage.summary import summarize_coverage
from iamsql.runs.directory import Folder
from iamsql.runs.store.source import Openable

COLUMNS = {
    "run": "VARCHAR", "started_at": "TIMESTAMP WITH TIME ZONE", "query": "VARCHAR", "rows": "BIGINT", "ok": "BIGINT",
    "alarm": "BIGINT", "error": "BIGINT", "muted": "BIGINT", "info": "BIGINT", "skip": "BIGINT", "accounts_read": "BIGINT",
    "accounts_missing": "BIGINT", "scope_changes": "VARCHAR", "failure": "VARCHAR",
}  # fmt: skip
STATUSES = ("ok", "alarm", "error", "muted", "info", "skip")
Row = tuple[Any, ...]


class RunCounts(NamedTuple):
    """The numbers of a query or of controls in a run, the tables that they depend on, and the error of a query that failed."""

    rows: int | None = None
    by_status: Row = (None,) * len(STATUSES)
    accounts_read: int | None = None
    accounts_missing: int | None = None
    tables: frozenset[str] = frozenset()
    failure: str | None = None


def trend(request: FindingRequest, latest: Openable, *, runs_dir: Folder) -> tuple[Result, list[str]]:
    """Return notes, and a row for each run and query, or for each run and all named controls; the oldest run comes first.

    The runs are of the organization of `latest`. Accounts where no role can be assumed, such as suspended ones, count
    neither as read nor as missing. `scope_changes` states what a run read in addition to the run before it, or did not read. A
    query that fails in a run is a row with the error in `failure`.
    """
    if not request:
        raise IamsqlError("Missing QUERY or --check: give a query, or controls.")
    resolved = resolve_request(request)
    runs, left_out_runs = find_history(runs_dir, read_run(latest))
    rows: list[Row] = []
    differences: dict[str, None] = {}
    ordered_runs = runs[::-1]
    for earlier_run, run in zip([None, *ordered_runs[:-1]], ordered_runs, strict=True):
        counts = [(query.name, _count_query_rows(query, values, run.source)) for query, values in resolved.queries]
        if resolved.controls:
            counts.append((", ".join(request.controls), _count_control_results(resolved.controls, run.source)))
        for name, query_counts in counts:
            changes = scope_changes(earlier_run.scope, run.scope, query_counts.tables).words() if earlier_run else ""
            if changes:
                differences[f"{run.metadata.run_id} cannot be compared with the run before it. {changes}"] = None
            numbers = (
                query_counts.rows,
                *query_counts.by_status,
                query_counts.accounts_read,
                query_counts.accounts_missing,
            )
            rows.append((run.metadata.run_id, run.started, name, *numbers, changes or None, query_counts.failure))
    notes = [*resolved.notes, *differences, *([f"Left out: {'; '.join(left_out_runs)}."] if left_out_runs else [])]
    return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values())), notes


def _count_query_rows(query: Query, values: Mapping[str, Any], run: Openable) -> RunCounts:
    try:
        with closing(open_compatible(run, query.sql)) as reader:
            rows = answer(reader, query, values).result.rows
            tables = tables_depended_on(reader, query.sql, query.resource_types)
            coverage = summarize_coverage(reader, tables)
            return RunCounts(len(rows), RunCounts().by_status, coverage.read, coverage.missing, frozenset(tables))
    except IamsqlError as error:
        return RunCounts(failure=str(error).splitlines()[0])


def _count_control_results(open_controls: OpenControls, run: Openable) -> RunCounts:
    with open_controls(run) as control_run:
        for _ in control_run.run():  # the totals are complete when all controls have run
            pass
        totals, coverage = control_run.totals, control_run.coverage
        failure = next((message.splitlines()[0] for message in control_run.failures.values()), None)
        by_status = tuple(totals[status] for status in STATUSES)
        tables = frozenset(control_run.tables)
        return RunCounts(totals.total(), by_status, coverage.read, coverage.missing, tables, failure)
