"""Translate queries from PostgreSQL's SQL to DuckDB's, with the columns of the file that they run on."""

from __future__ import annotations

from dataclasses import replace

from iamsql import dialect
from iamsql.model import Query
from iamsql.query.compat import words_of
from iamsql.store.reader import Reader


def to_duckdb(reader: Reader, query: Query, sql: str) -> Query:
    """Return a query with `sql` in DuckDB's dialect, and create the TEMP macros that it calls.

    `sql` is the SQL of the query, where the targets of COPY may be replaced. Raise IamsqlError for SQL of PostgreSQL that is
    not known to mean the same in DuckDB.
    """
    if query.dialect != "postgres":
        return replace(query, sql=sql)
    # PostgreSQL selects the meaning of operators such as - and || by the types of their operands.
    words = words_of(sql)
    columns = {table: columns for table, columns in reader.columns().items() if table in words}
    translation = dialect.translate(sql, columns)
    reader.create_temp(translation.macros)
    return replace(query, sql=translation.sql)
