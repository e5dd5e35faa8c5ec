"""Split the user's SQL into statements, and reject statements that change a file or the sandbox."""

from __future__ import annotations

from contextlib import suppress

import duckdb

from iamsql.model import IamsqlError
from iamsql.store.messages import sql_errors

TYPES = {
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.COPY,
    duckdb.StatementType.MULTI,  # PIVOT without IN, for which DuckDB first selects the values
}
ALLOWED = "SELECT, FROM, VALUES, WITH, PIVOT, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN and COPY … TO"


def parse_statements(connection: duckdb.DuckDBPyConnection, sql: str) -> list[duckdb.Statement]:
    """Return the statements of SQL. Raise IamsqlError without a statement, and for a forbidden type or a syntax error."""
    with sql_errors():
        statements = connection.extract_statements(sql)
    if not statements:
        raise IamsqlError("There is no SQL statement to run.")
    for statement in statements:
        kind = None
        with suppress(ValueError):  # DuckDB's Python client does not know every type
            kind = statement.type
        if kind not in TYPES:
            name = kind.name if kind else "This statement"
            raise IamsqlError(f"{name} is not allowed on a run file: only {ALLOWED}.")
    return statements
