"""DuckDB's connection, statements, types and errors. Other packages execute SQL on a run file without importing duckdb."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from iamsql.logs import Fields, fields
from iamsql.model import IamsqlError
from iamsql.runs.store.driver import duckdb

LOG = logging.getLogger(__name__)
Connection = duckdb.DuckDBPyConnection
Error = duckdb.Error
OutOfMemoryError = duckdb.OutOfMemoryException
TYPES = {
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.COPY,
    duckdb.StatementType.MULTI,  # PIVOT without IN: DuckDB first selects its values
}
ALLOWED = "SELECT, FROM, VALUES, WITH, PIVOT, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN and COPY … TO"
ERROR_LINES = 8


def error_text(error: Exception, lines: int = ERROR_LINES) -> str:
    """Return the message of a DuckDB error: its text, its hint, and the LINE with its marker, up to `lines` lines."""
    content = [line.rstrip() for line in str(error).split("\n") if line.strip()]
    marker = next((index for index, line in enumerate(content) if line.startswith("LINE ")), len(content))
    tail = content[marker : marker + 2] if lines > 2 else []
    return "\n".join([*content[: min(marker, lines - len(tail))], *tail])


def type_name(column_type: object) -> str:
    """Return the name of a column's type as DuckDB writes it; a column of NULLs has the type NULL."""
    return str(column_type).strip('"')


@contextmanager
def sql_errors() -> Iterator[None]:
    """Turn errors of DuckDB into IamsqlError with DuckDB's message, and an interrupt into KeyboardInterrupt."""
    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except (duckdb.Error, ValueError, OverflowError) as error:
        raise IamsqlError(error_text(error)) from error


def parse_statements(connection: duckdb.DuckDBPyConnection, sql: str) -> list[duckdb.Statement]:
    """Return the statements of SQL. Raise IamsqlError without a statement, and for a forbidden type or a syntax error."""
    with sql_errors():
        statements = connection.extract_statements(sql)
    if not statements:
        raise IamsqlError("There is no SQL statement to run.")
    for statement in statements:
        statement_type = None
        with suppress(ValueError):  # DuckDB's Python client does not have every type
            statement_type = statement.type
        if statement_type not in TYPES:
            name = statement_type.name if statement_type else "This statement"
            raise IamsqlError(f"{name} is not allowed on a run file: only {ALLOWED}.")
    return statements


def log_statement(sql: str, started: float, rows: int | None = None) -> None:
    """Record a statement of a query that started at a time of `time.monotonic`, without the values of its parameters."""
    if LOG.isEnabledFor(logging.DEBUG):
        values: Fields = {"statement": sql.strip(), "seconds": round(time.monotonic() - started, 3)}
        if rows is not None:
            values["rows"] = rows
        LOG.debug("A statement was executed.", extra=fields(values))
