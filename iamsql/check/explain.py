"""The tables that controls depend on, the calls behind them, and in how many accounts each call succeeded."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from iamsql.catalog import Config
from iamsql.check.dependencies import tables_depended_on
from iamsql.check.open_run import choose_run, open_for
from iamsql.check.run import Row
from iamsql.check.selection import CheckCatalog, select_controls
from iamsql.coverage.calls import explain_calls
from iamsql.lineage import unread_calls
from iamsql.model import IamsqlError, Result
from iamsql.query.translate import to_duckdb
from iamsql.store.limits import StatementLimits


def explain_controls(
    checks: CheckCatalog,
    names: Sequence[str],
    *,
    severity: str,
    run: str,
    runs_dir: Path,
    limits: StatementLimits | None = None,
) -> tuple[Result, list[str]]:
    """Return a row for each control, table and call, and the messages of controls that failed."""
    chosen = select_controls(checks, names, severity=severity, args={}, settings=Config())
    queries = {(control.query.name, control.query.version): control.query for control in chosen.all_controls}
    choice = choose_run(list(queries.values()), runs_dir, run)
    rows: list[Row] = []
    failures: list[str] = []
    with closing(open_for(list(queries.values()), choice.path, limits)) as reader:
        head = explain_calls(reader, set())
        for query in queries.values():
            try:
                sql = to_duckdb(reader, query, query.sql).sql
                tables = tables_depended_on(reader, sql)
                # `every`: a call that returns no column of the control is not a dependency, even where it succeeded.
                unused = unread_calls(reader, sql, tables, every=True)
            except IamsqlError as error:
                failures.append(f"{query.path}: {error}")
            else:
                found = explain_calls(reader, tables).rows
                rows += [(query.name, *row) for row in found if f"{row[0]} {row[1]}" not in unused]
    return Result(("control", *head.columns), rows, ("VARCHAR", *head.types)), failures
