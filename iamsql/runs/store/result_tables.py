"""Store rows that another engine or a view returned."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

from iamsql.model import Result
from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.limits import LimitExceeded
from iamsql.sqltext import identifier

BATCH_ROWS = 5000  # rows of an INSERT
# With the prefix system.main, because a macro of the file with the same name would otherwise be called.
TEMP_VIEWS = (
    "select view_name from system.main.duckdb_views() where temporary and not internal and schema_name = 'main'"
)


class Executor(Protocol):
    """A connection of DuckDB, or a Reader."""

    def execute(self, sql: str, values: Any = None, /) -> Any:
        """Execute a statement."""


def store_result(connection: Executor, table: str, result: Result) -> None:
    """Store a result, which has types, in a TEMP table."""
    columns = ", ".join(
        f"{identifier(name)} {column_type}" for name, column_type in zip(result.columns, result.types, strict=True)
    )
    connection.execute(f"create or replace temp table {table} ({columns})")
    slots = ", ".join(f"unnest($c{index}::{column_type}[])" for index, column_type in enumerate(result.types))
    for start in range(0, len(result.rows), BATCH_ROWS):
        values = zip(*result.rows[start : start + BATCH_ROWS], strict=True)
        bound = {f"c{index}": list(column) for index, column in enumerate(values)}
        connection.execute(f"insert into {table} select {slots}", bound)


def replace_views(connection: duckdb.DuckDBPyConnection, views: Sequence[str]) -> None:
    """Replace TEMP views with TEMP tables with their rows. A view that fails is left."""
    existing = {name for (name,) in connection.execute(TEMP_VIEWS).fetchall()}
    for name in (view for view in views if view in existing):
        table = f"materialized {name}"
        # A view and a table cannot have the same name, so the table is renamed when the view is dropped.
        with suppress(duckdb.Error, LimitExceeded):
            connection.execute(
                f"create or replace temp table {identifier(table)} as select * from temp.main.{identifier(name)}"
            )
            connection.execute(
                f"drop view temp.main.{identifier(name)}; alter table {identifier(table)} rename to {identifier(name)}"
            )
