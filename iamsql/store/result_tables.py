"""Store rows that another engine returned, and record statements in the log."""

from __future__ import annotations

import logging
import time

from iamsql.logs import Fields, fields
from iamsql.model import Result
from iamsql.sqltext import identifier
from iamsql.store.driver import duckdb

LOG = logging.getLogger(__name__)
BATCH = 5000  # rows of an INSERT


def store_result(connection: duckdb.DuckDBPyConnection, table: str, result: Result) -> None:
    """Store a result, which has types, in a TEMP table."""
    columns = ", ".join(f"{identifier(name)} {kind}" for name, kind in zip(result.columns, result.types, strict=True))
    connection.execute(f"create or replace temp table {table} ({columns})")
    slots = ", ".join(f"unnest($c{index}::{kind}[])" for index, kind in enumerate(result.types))
    for start in range(0, len(result.rows), BATCH):
        values = zip(*result.rows[start : start + BATCH], strict=True)
        bound = {f"c{index}": list(column) for index, column in enumerate(values)}
        connection.execute(f"insert into {table} select {slots}", bound)


def log_statement(sql: str, started: float, rows: int | None = None) -> None:
    """Record a statement of a query that started at a time of `time.monotonic`, without the values of its parameters."""
    if LOG.isEnabledFor(logging.DEBUG):
        values: Fields = {"statement": sql.strip(), "seconds": round(time.monotonic() - started, 3)}
        if rows is not None:
            values["rows"] = rows
        LOG.debug("A statement was executed.", extra=fields(values))
