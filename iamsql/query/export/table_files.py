"""The COPY statements that export tables: one file for a table, or one for each account of a table with many rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from iamsql.escaping import FORMULA_PATTERN, FORMULA_REPLACEMENT, NUMBER_PATTERN, escape_formulas
from iamsql.runs.store.reader import Reader
from iamsql.sqltext import identifier, literal

MIN_PARTITIONED_ROWS = 100_000  # a table with this number of rows, or more, is written to a file for each account
MAX_FOLDER_NAME_CHARACTERS = 64  # characters of an account ID that names a folder
FORMATS = ("parquet", "csv")
NESTED_TYPE_PATTERN = re.compile(r"STRUCT|MAP|UNION|VARIANT|.*\[\d*\]$")
TEXT_TYPES = ("VARCHAR", "JSON")
WIDE_INTEGER_TYPES = ("HUGEINT", "UHUGEINT", "BIGNUM")  # DuckDB writes these to Parquet as DOUBLE, which rounds

RELATIONS_SQL = """
select schema_name, table_name, comment from system.main.duckdb_tables()
where not internal and not temporary and database_name = current_database()
union all
select schema_name, view_name, comment from system.main.duckdb_views()
where not internal and not temporary and database_name = current_database()
order by all
"""
COLUMNS_SQL = """
select schema_name, table_name, column_name, data_type, comment from system.main.duckdb_columns()
where not internal and database_name = current_database() order by column_index
"""


@dataclass(frozen=True)
class StoredColumn:
    """A column of the file: its name, DuckDB type and comment."""

    name: str
    type: str
    about: str | None


@dataclass(frozen=True)
class Relation:
    """A table or view of the file, with its comment and columns."""

    schema: str
    name: str
    about: str | None
    columns: tuple[StoredColumn, ...]

    @property
    def sql(self) -> str:
        """Return the quoted name, with its schema."""
        return f"{identifier(self.schema)}.{identifier(self.name)}"

    @property
    def stem(self) -> str:
        """Return the path of the file or folder, without a suffix. Characters that have a meaning in paths are percent-encoded."""
        file_name = re.sub(r"^\.", "%2E", quote(self.name, safe=" "))
        return file_name if self.schema == "main" else f"{quote(self.schema, safe='')}/{file_name}"


def relations(reader: Reader, schemas: Sequence[str]) -> list[Relation]:
    """Return the tables and views of some schemas of the file, in the order of the schemas."""
    columns: dict[tuple[str, str], list[StoredColumn]] = {}
    for schema, table, *column in reader.run(COLUMNS_SQL).rows:
        columns.setdefault((schema, table), []).append(StoredColumn(*column))
    selected_relations = [
        Relation(schema, name, about, tuple(columns.get((schema, name), ())))
        for schema, name, about in reader.run(RELATIONS_SQL).rows
        if schema in schemas
    ]
    return sorted(selected_relations, key=lambda relation: (schemas.index(relation.schema), relation.name))


def row_count_and_partitioning(reader: Reader, relation: Relation) -> tuple[int, bool]:
    """Return the number of rows, and whether to write a file for each account.

    A table is written to one file if its account IDs cannot be folder names, such as two IDs that differ only in case.
    """
    if not any(column.name == "account_id" and column.type == "VARCHAR" for column in relation.columns):
        return int(reader.run(f"select count(*) from {relation.sql}").rows[0][0]), False
    # lower(): a file system can ignore case, so two IDs would share a folder.
    count_select = (
        "count(*), count(distinct account_id), count(distinct lower(account_id)), coalesce(max(length(account_id)), 0)"
    )
    ((rows, names, folders, max_length),) = reader.run(f"select {count_select} from {relation.sql}").rows
    return int(rows), rows >= MIN_PARTITIONED_ROWS and names == folders and max_length <= MAX_FOLDER_NAME_CHARACTERS


def copy_statement(relation: Relation, target: str, fmt: str, *, by_account: bool, csv_safe: bool) -> str:
    """Return the COPY statement for a table. With `csv_safe`, no text of a CSV file can become a formula in a spreadsheet."""
    columns = ", ".join(_column_expression(column, fmt, csv_safe) for column in relation.columns)
    options = ["format parquet", "compression zstd"] if fmt == "parquet" else ["format csv", "header true"]
    # Without write_partition_columns, the files would lack the column account_id.
    options += ["partition_by (account_id)", "write_partition_columns true"] if by_account else []
    return f"copy (select {columns} from {relation.sql}) to {literal(target)} ({', '.join(options)})"


def read_back_sql(relation: Relation, fmt: str, *, by_account: bool) -> str:
    """Return the SQL that reads a written table in DuckDB, from the exported folder. Account IDs remain text."""
    # hive_partitioning would replace the text of account_id in the files with a number from the names of the folders.
    path = literal(f"{relation.stem}/*/*.{fmt}" if by_account else f"{relation.stem}.{fmt}")
    if fmt == "parquet":
        return f"read_parquet({path}, hive_partitioning = false)"
    # The types are given and not detected. An empty cell is NULL, and a quoted empty cell is the empty text.
    types = ", ".join(f"{literal(column.name)}: {literal(_exported_type(column.type))}" for column in relation.columns)
    options = "header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false"
    return f"read_csv({path}, auto_detect = false, {options}, hive_partitioning = false, columns = {{{types}}})"


def _column_expression(column: StoredColumn, fmt: str, csv_safe: bool) -> str:
    """Return the expression for a column in the COPY statement."""
    value = name = identifier(column.name)
    if fmt == "parquet":
        return f"{name}::varchar as {name}" if column.type in WIDE_INTEGER_TYPES else name
    if NESTED_TYPE_PATTERN.match(column.type):
        value = f"to_json({name})"
    if csv_safe and (_exported_type(column.type) in TEXT_TYPES or column.type.startswith("ENUM")):
        value = f"{value}::varchar"
        escaped = f"regexp_replace({value}, {literal(FORMULA_PATTERN)}, {literal(FORMULA_REPLACEMENT)}, 'g')"
        value = f"case when regexp_full_match({value}, {literal(NUMBER_PATTERN)}) then {value} else {escaped} end"
    return f"{value} as {identifier(escape_formulas(column.name)) if csv_safe else name}"


def _exported_type(column_type: str) -> str:
    return "JSON" if NESTED_TYPE_PATTERN.match(column_type) else column_type
