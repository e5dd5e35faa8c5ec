"""Count rows or results run by run, with the number of accounts that each run read: fewer rows may mean fewer accounts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from iamsql.check.dependencies import tables_depended_on
from iamsql.coverage.summary import coverage_of
from iamsql.diff.request import FindingRequest, OpenControls, resolve
from iamsql.diff.runs import history_of, read_run
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.compat import open_compatible
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
    neither as read nor as missing. A query that fails in a run is a row with the error in `failure`.
    """
    if not request:
        raise IamsqlError("Missing QUERY or --check: give a query, or controls.")
    resolved = resolve(request)
    runs, left_out = history_of(runs_dir, read_run(latest))
    rows: list[Row] = []
    for run in reversed(runs):
        head = (run.facts.run_id, run.started)
        rows += [(*head, query.name, *_of_query(query, values, run.path)) for query, values in resolved.queries]
        if resolved.controls:
            rows.append((*head, ", ".join(request.controls), *_of_controls(resolved.controls, run.path)))
    notes = [f"Left out: {'; '.join(left_out)}."] if left_out else []
    return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values())), [*resolved.notes, *notes]


def _of_query(query: Query, values: Mapping[str, Any], path: Path) -> Row:
    try:
        with closing(open_compatible(path, query.sql)) as reader:
            rows = answer(reader, query, values).result.rows
            coverage = coverage_of(reader, tables_depended_on(reader, query.sql, query.resource_types))
            return (len(rows), *(None,) * len(STATUSES), coverage.read, coverage.missing, None)
    except IamsqlError as error:
        return (*(None,) * 7, str(error).splitlines()[0])


def _of_controls(open_controls: OpenControls, path: Path) -> Row:
    with open_controls(path) as control_run:
        for _ in control_run.run():  # the totals are complete when all controls have run
            pass
        totals, coverage = control_run.totals, control_run.coverage
        failure = next((message.splitlines()[0] for message in control_run.failures.values()), None)
        return (totals.total(), *(totals[status] for status in STATUSES), coverage.read, coverage.missing, failure)
