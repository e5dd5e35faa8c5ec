"""A file's tables as the statements that write them out: one file each, or one for each account where there are many rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from iamsql.escaping import FORMULA, FORMULA_ESCAPED, NUMBER, escape_formulas
from iamsql.sqltext import identifier, literal
from iamsql.store.reader import Reader

LARGE = 100_000  # rows from which a table is written account by account
LONGEST = 64  # letters of an account id that may name a folder
FORMATS = ("parquet", "csv")
NESTED = re.compile(r"STRUCT|MAP|UNION|VARIANT|.*\[\d*\]$")
TEXTS = ("VARCHAR", "JSON")
WIDE = ("HUGEINT", "UHUGEINT", "BIGNUM")  # Parquet would round them

HELD = """
select schema_name, table_name, comment from system.main.duckdb_tables()
where not internal and not temporary and database_name = current_database()
union all
select schema_name, view_name, comment from system.main.duckdb_views()
where not internal and not temporary and database_name = current_database()
order by all
"""
COLUMNS = """
select schema_name, table_name, column_name, data_type, comment from system.main.duckdb_columns()
where not internal and database_name = current_database() order by column_index
"""


@dataclass(frozen=True)
class Kept:
    """A column as the file keeps it: its name, DuckDB type and comment."""

    name: str
    type: str
    about: str | None


@dataclass(frozen=True)
class Held:
    """A table or view of the file, with its comment and columns."""

    schema: str
    name: str
    about: str | None
    columns: tuple[Kept, ...]

    @property
    def sql(self) -> str:
        """Name it in SQL."""
        return f"{identifier(self.schema)}.{identifier(self.name)}"

    @property
    def stem(self) -> str:
        """Name its file or folder, without an ending: what could lead elsewhere is spelled as in a URL."""
        leaf = re.sub(r"^\.", "%2E", quote(self.name, safe=" "))
        return leaf if self.schema == "main" else f"{quote(self.schema, safe='')}/{leaf}"


def held(reader: Reader, schemas: Sequence[str]) -> list[Held]:
    """List the tables and views of some schemas of the file."""
    columns: dict[tuple[str, str], list[Kept]] = {}
    for schema, table, *column in reader.run(COLUMNS).rows:
        columns.setdefault((schema, table), []).append(Kept(*column))
    found = [
        Held(schema, name, about, tuple(columns.get((schema, name), ())))
        for schema, name, about in reader.run(HELD).rows
        if schema in schemas
    ]
    return sorted(found, key=lambda one: (schemas.index(one.schema), one.name))


def size(reader: Reader, one: Held) -> tuple[int, bool]:
    """Count a table's rows, and tell whether it is to be written account by account."""
    if not any(column.name == "account_id" and column.type == "VARCHAR" for column in one.columns):
        return int(reader.run(f"select count(*) from {one.sql}").rows[0][0]), False
    counted = (
        "count(*), count(distinct account_id), count(distinct lower(account_id)), coalesce(max(length(account_id)), 0)"
    )
    ((rows, names, folders, longest),) = reader.run(f"select {counted} from {one.sql}").rows
    return int(rows), rows >= LARGE and names == folders and longest <= LONGEST


def copy_statement(one: Held, target: str, fmt: str, *, by_account: bool, csv_safe: bool) -> str:
    """Give the COPY that writes a table; where it is to be safe, no text of CSV can become a formula of a spreadsheet."""
    shown = ", ".join(_shown(column, fmt, csv_safe) for column in one.columns)
    how = ["format parquet", "compression zstd"] if fmt == "parquet" else ["format csv", "header true"]
    how += ["partition_by (account_id)", "write_partition_columns true"] if by_account else []
    return f"copy (select {shown} from {one.sql}) to {literal(target)} ({', '.join(how)})"


def read_back(one: Held, fmt: str, *, by_account: bool) -> str:
    """Give the SQL by which DuckDB reads a written table, from within the folder; account ids stay texts."""
    place = literal(f"{one.stem}/*/*.{fmt}" if by_account else f"{one.stem}.{fmt}")
    if fmt == "parquet":
        return f"read_parquet({place}, hive_partitioning = false)"
    kinds = ", ".join(f"{literal(column.name)}: {literal(_asliteral(column.type))}" for column in one.columns)
    marks = "header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false"
    return f"read_csv({place}, auto_detect = false, {marks}, hive_partitioning = false, columns = {{{kinds}}})"


def _shown(column: Kept, fmt: str, csv_safe: bool) -> str:
    """Give a column as it is written."""
    value = name = identifier(column.name)
    if fmt == "parquet":
        return f"{name}::varchar as {name}" if column.type in WIDE else name
    if NESTED.match(column.type):
        value = f"to_json({name})"
    if csv_safe and (_asliteral(column.type) in TEXTS or column.type.startswith("ENUM")):
        value = f"{value}::varchar"
        escaped = f"regexp_replace({value}, {literal(FORMULA)}, {literal(FORMULA_ESCAPED)}, 'g')"
        value = f"case when regexp_full_match({value}, {literal(NUMBER)}) then {value} else {escaped} end"
    return f"{value} as {identifier(escape_formulas(column.name)) if csv_safe else name}"


def _asliteral(kind: str) -> str:
    return "JSON" if NESTED.match(kind) else kind
