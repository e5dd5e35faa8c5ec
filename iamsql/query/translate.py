"""Translate queries from PostgreSQL's SQL to DuckDB's, with the columns of the file that they run on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from iamsql import dialect
from iamsql.model import IamsqlError, Query
from iamsql.query.compat import find_words
from iamsql.runs.store.reader import Reader

NOT_UNDERSTOOD_PATTERN = re.compile(r"^(?:Parser|Binder|Catalog) Error")
POSTGRES_HINT = "It is valid in PostgreSQL's dialect, which Steampipe has: --dialect postgres"


@contextmanager
def hinted_dialect(reader: Reader, query: Query, values: Mapping[str, Any]) -> Iterator[None]:
    """Add a hint to the error of SQL of the user that DuckDB does not understand, if it is valid as PostgreSQL's."""
    try:
        yield
    except IamsqlError as error:
        if query.shipped or query.dialect != "duckdb" or not NOT_UNDERSTOOD_PATTERN.search(str(error)):
            raise
        if not _is_postgres(reader, query, values):
            raise
        first_lines, line_marker, position_lines = str(error).partition("\nLINE ")
        raise IamsqlError(f"{first_lines}\n{POSTGRES_HINT}{line_marker}{position_lines}") from error


def _is_postgres(reader: Reader, query: Query, values: Mapping[str, Any]) -> bool:
    """Return whether the translation of a query changes it, and DuckDB accepts the result."""
    try:
        translated = to_duckdb(reader, replace(query, dialect="postgres"), query.sql)
        reader.run(f"explain {translated.sql}", values)
    except IamsqlError:
        return False
    return translated.sql != query.sql


def to_duckdb(reader: Reader, query: Query, sql: str) -> Query:
    """Return a query with `sql` in DuckDB's dialect, and create the TEMP macros that it calls.

    `sql` is the SQL of the query, where the targets of COPY may be replaced. Raise IamsqlError for SQL of PostgreSQL that is
    not known to mean the same in DuckDB.
    """
    if query.dialect != "postgres":
        return replace(query, sql=sql)
    # PostgreSQL selects the meaning of operators such as - and || by the types of their operands.
    words = find_words(sql)
    columns = {table: columns for table, columns in reader.columns().items() if table in words}
    translation = dialect.translate(sql, columns)
    reader.create_temp(translation.macros)
    return replace(query, sql=translation.sql)
