"""Translate queries from PostgreSQL's SQL to DuckDB's, with the columns of the file that they run on."""

from __future__ import annotations

import re
from dataclasses import replace

from iamsql import dialect
from iamsql.model import Query
from iamsql.store.read import Reader

COLUMNS = """
select table_name, column_name, data_type from system.main.duckdb_columns()
where schema_name = 'main' and not internal and list_contains($words, table_name)
order by database_name = 'temp', column_index
"""


def to_duckdb(reader: Reader, query: Query, sql: str) -> Query:
    """Return the query with `sql` in DuckDB's dialect; `sql` is the query's text, or its text with other COPY targets."""
    if query.dialect != "postgres":
        return replace(query, sql=sql)
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in reader.run(COLUMNS, {"words": re.findall(r"\w+", sql.lower())}).rows:
        columns.setdefault(table, {})[column] = kind
    translated = dialect.translate(sql, columns)
    reader.shadow(translated.macros)
    return replace(query, sql=translated.sql)
