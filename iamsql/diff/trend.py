"""How many rows or alarms there were, run by run, and of how many accounts: fewer rows of fewer accounts is no gain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from iamsql.catalog import Settings, bind, is_name, query_notes, read_settings
from iamsql.catalog.params import near
from iamsql.check import Wanted, library
from iamsql.check.ground import stood_on
from iamsql.diff import Asked, controls_notes
from iamsql.diff.findings import judged_of, keeping
from iamsql.diff.runs import Run, history_of, read_run
from iamsql.model import IamsqlError, Result
from iamsql.query.compat import shadows
from iamsql.query.run import answer, find_query
from iamsql.store.gaps import Coverage
from iamsql.store.read import open_run

COLUMNS = {
    "run": "VARCHAR", "started_at": "TIMESTAMP WITH TIME ZONE", "query": "VARCHAR", "rows": "BIGINT", "ok": "BIGINT",
    "alarm": "BIGINT", "error": "BIGINT", "muted": "BIGINT", "accounts_read": "BIGINT", "accounts_missing": "BIGINT",
    "failure": "VARCHAR",
}  # fmt: skip
STATUSES = ("ok", "alarm", "error", "muted")
Row = tuple[Any, ...]


def trend(asked: Asked, latest: Path, *, runs_dir: Path) -> tuple[Result, list[str]]:
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


def _origin(asked: Asked) -> list[str]:
    """Return lines on what is from the working folder."""
    queries = [find_query(text, asked.query_dirs) for text in asked.queries if is_name(text)]
    notes = query_notes(queries, Settings())
    if asked.controls:
        held = library(asked.query_dirs)
        notes += controls_notes(held, asked, read_settings(asked.config, held.names))
    return notes


def _rows(asked: Asked, run: Run) -> Iterator[Row]:
    """Give the rows of one run; a query that it cannot answer is a row that says so."""
    head, args = (run.facts.run_id, run.started), dict(asked.args)
    for text in asked.queries:
        query = find_query(text, asked.query_dirs)
        known = [param.name for param in query.params]
        if not asked.controls and (wrong := [name for name in args if name not in known]):
            raise IamsqlError(f"{query.name} has no parameter {wrong[0]!r}{near(wrong[0], known)}")
        values = bind(query, {name: args[name] for name in known if name in args})
        try:
            yield *head, query.name, *_of_query(query, values, run.path), None
        except IamsqlError as error:
            yield *head, query.name, *(None,) * 7, str(error).splitlines()[0]
    if asked.controls:
        yield *head, ", ".join(asked.controls), *_of_controls(asked, run.path)


def _of_query(query: Any, values: Any, path: Path) -> Row:
    with closing(open_run(path, prelude=shadows(query.sql))) as reader:
        rows = answer(query, values, path, opening=keeping(reader)).result.rows
        return (len(rows), *(None,) * len(STATUSES), *_accounts(reader.coverage_gaps(stood_on(reader, query.sql))))


def _of_controls(asked: Asked, path: Path) -> Row:
    held = library(asked.query_dirs)
    settings = read_settings(asked.config, held.names)
    wanted = Wanted(mutes=asked.mutes)
    with judged_of(held, asked.controls, asked.args, wanted, settings, path) as judged:
        for _ in judged.run():
            pass
        totals = judged.totals
        failure = next((words.splitlines()[0] for words in judged.failures.values()), None)
        return (totals.total(), *(totals[one] for one in STATUSES), *_accounts(judged.coverage), failure)


def _accounts(coverage: Coverage) -> tuple[int, int]:
    return coverage.read, coverage.missing
