"""Queries in PostgreSQL's SQL: turned into DuckDB's over the tables of the file that they are asked of."""

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


def in_duckdb(reader: Reader, query: Query, sql: str) -> Query:
    """Give the query with `sql`, which is its own or that with other targets of COPY, as DuckDB's."""
    if query.dialect != "postgres":
        return replace(query, sql=sql)
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in reader.run(COLUMNS, {"words": re.findall(r"\w+", sql.lower())}).rows:
        columns.setdefault(table, {})[column] = kind
    translated = dialect.translate(sql, columns)
    reader.shadow(translated.macros)
    return replace(query, sql=translated.sql)
