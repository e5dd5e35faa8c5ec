"""What controls stand on: their tables, the calls behind those, and how many accounts brought each call."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from iamsql.catalog import Settings
from iamsql.check.ground import stood_on
from iamsql.check.judging import Row
from iamsql.check.opening import chosen_run, opened
from iamsql.check.selection import Library, choose
from iamsql.lineage import unread
from iamsql.model import IamsqlError, Result
from iamsql.query.caveats import standing
from iamsql.query.translate import in_duckdb
from iamsql.store.bounds import Bounds


def standing_of_controls(
    library: Library, names: Sequence[str], *, severity: str, run: str, runs_dir: Path, bounds: Bounds | None = None
) -> tuple[Result, list[str]]:
    """Say what each of the controls stands on: its tables, their calls, and how many accounts brought each."""
    chosen = choose(library, names, severity=severity, args={}, settings=Settings())
    queries = {(place.query.name, place.query.version): place.query for place in chosen.every}
    choice = chosen_run(list(queries.values()), runs_dir, run)
    rows: list[Row] = []
    failures: list[str] = []
    with closing(opened(list(queries.values()), choice.path, bounds)) as reader:
        head = standing(reader, set())
        for query in queries.values():
            try:
                sql = in_duckdb(reader, query, query.sql).sql
                tables = stood_on(reader, sql)
                beside = unread(reader, sql, tables, every=True)
            except IamsqlError as error:
                failures.append(f"{query.path}: {error}")
            else:
                found = standing(reader, tables).rows
                rows += [(query.name, *row) for row in found if f"{row[0]} {row[1]}" not in beside]
    return Result(("control", *head.columns), rows, ("VARCHAR", *head.types)), failures
