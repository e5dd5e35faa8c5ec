"""How many rows or alarms there were, run by run, and of how many accounts: fewer rows of fewer accounts is no gain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from iamsql.catalog import Config, bind, is_name, query_notes, read_config
from iamsql.catalog.params import did_you_mean
from iamsql.check import ResultFilter, load_catalog
from iamsql.check.dependencies import tables_depended_on
from iamsql.coverage.summary import Coverage, coverage_of
from iamsql.diff import FindingRequest, controls_notes
from iamsql.diff.findings import open_kept, results_of
from iamsql.diff.runs import Run, history_of, read_run
from iamsql.model import IamsqlError, Result
from iamsql.query.compat import open_compatible
from iamsql.query.run import answer, find_query

COLUMNS = {
    "run": "VARCHAR", "started_at": "TIMESTAMP WITH TIME ZONE", "query": "VARCHAR", "rows": "BIGINT", "ok": "BIGINT",
    "alarm": "BIGINT", "error": "BIGINT", "muted": "BIGINT", "accounts_read": "BIGINT", "accounts_missing": "BIGINT",
    "failure": "VARCHAR",
}  # fmt: skip
STATUSES = ("ok", "alarm", "error", "muted")
Row = tuple[Any, ...]


def trend(asked: FindingRequest, latest: Path, *, runs_dir: Path) -> tuple[Result, list[str]]:
    """Ask every run of the latest one's organization, oldest first; give the rows, and what was left out.

    A row is a run and a query, or a run and all the controls that are named; accounts that are never tried, such as
    suspended ones, are neither read nor missing.
    """
    if not asked:
        raise IamsqlError("There is nothing to count: name a query, or controls with --check.")
    notes = _origin(asked)
    history = history_of(runs_dir, read_run(latest))
    rows = [row for run in reversed(history.runs) for row in _rows(asked, run)]
    left = [f"Left out: {'; '.join(history.left_out)}."] if history.left_out else []
    return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values())), [*notes, *left]


def _origin(asked: FindingRequest) -> list[str]:
    """Return lines on what is from the working folder."""
    queries = [find_query(text, asked.query_dirs) for text in asked.queries if is_name(text)]
    notes = query_notes(queries, Config())
    if asked.controls:
        checks = load_catalog(asked.query_dirs)
        notes += controls_notes(checks, asked, read_config(asked.config, checks.names))
    return notes


def _rows(asked: FindingRequest, run: Run) -> Iterator[Row]:
    """Give the rows of one run; a query that it cannot answer is a row that says so."""
    head, args = (run.facts.run_id, run.started), dict(asked.args)
    for text in asked.queries:
        query = find_query(text, asked.query_dirs)
        known = [param.name for param in query.params]
        if not asked.controls and (wrong := [name for name in args if name not in known]):
            raise IamsqlError(f"{query.name} has no parameter {wrong[0]!r}{did_you_mean(wrong[0], known)}")
        values = bind(query, {name: args[name] for name in known if name in args})
        try:
            yield *head, query.name, *_of_query(query, values, run.path), None
        except IamsqlError as error:
            yield *head, query.name, *(None,) * 7, str(error).splitlines()[0]
    if asked.controls:
        yield *head, ", ".join(asked.controls), *_of_controls(asked, run.path)


def _of_query(query: Any, values: Any, path: Path) -> Row:
    with closing(open_compatible(path, query.sql)) as reader:
        rows = answer(query, values, path, opening=open_kept(reader)).result.rows
        return (
            len(rows),
            *(None,) * len(STATUSES),
            *_accounts(coverage_of(reader, tables_depended_on(reader, query.sql))),
        )


def _of_controls(asked: FindingRequest, path: Path) -> Row:
    checks = load_catalog(asked.query_dirs)
    settings = read_config(asked.config, checks.names)
    wanted = ResultFilter(mutes=asked.mutes)
    with results_of(checks, asked.controls, asked.args, wanted, settings, path) as control_run:
        for _ in control_run.run():
            pass
        totals = control_run.totals
        failure = next((words.splitlines()[0] for words in control_run.failures.values()), None)
        return (totals.total(), *(totals[status] for status in STATUSES), *_accounts(control_run.coverage), failure)


def _accounts(coverage: Coverage) -> tuple[int, int]:
    return coverage.read, coverage.missing
