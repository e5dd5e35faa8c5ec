"""Translate queries from PostgreSQL's SQL to DuckDB's, with the columns of the file that they run on."""

from __future__ import annotations

import re
from dataclasses import replace

from iamsql import dialect
from iamsql.model import Query
from iamsql.store.reader import Reader

# A TEMP table shadows a table of the file with the same name, so its columns come last and replace those of the file.
COLUMNS = """
select table_name, column_name, data_type from system.main.duckdb_columns()
where schema_name = 'main' and not internal and list_contains($words, table_name)
order by database_name = 'temp', column_index
"""


def to_duckdb(reader: Reader, query: Query, sql: str) -> Query:
    """Return a query with `sql` in DuckDB's dialect, and create the TEMP macros that it calls.

    `sql` is the SQL of the query, where the targets of COPY may be replaced. Raise IamsqlError for SQL of PostgreSQL that is
    not known to mean the same in DuckDB.
    """
    if query.dialect != "postgres":
        return replace(query, sql=sql)
    # PostgreSQL selects the meaning of operators such as - and || by the types of their operands.
    columns: dict[str, dict[str, str]] = {}
    for table, column, data_type in reader.run(COLUMNS, {"words": re.findall(r"\w+", sql.lower())}).rows:
        columns.setdefault(table, {})[column] = data_type
    translation = dialect.translate(sql, columns)
    reader.create_temp(translation.macros)
    return replace(query, sql=translation.sql)
