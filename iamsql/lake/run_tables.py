"""Write the tables of a run as Parquet files: typed tables in the schema of this version, raw items, and the schema iamsql."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iamsql.lake.table_names import EXCLUDED_TABLES, lake_tables, unknown_table
from iamsql.model import IamsqlError
from iamsql.runs.store.open_errors import REQUIRED_COLUMNS
from iamsql.runs.store.reader import Reader
from iamsql.sqltext import identifier, literal
from iamsql.tables.compiler import compiler
from iamsql.tables.compiler.text_lists import TEXT_LISTS

# The typed tables have the schema of this version, even if another version wrote the run file.
FINGERPRINT_COLUMN = ("iamsql.run", "schema_fingerprint")


@dataclass(frozen=True)
class TableFile:
    """A table, and the local Parquet file with its rows."""

    table: str
    path: Path
    rows: int


def write_tables(reader: Reader, folder: Path) -> Iterator[TableFile]:
    """Write each table that has rows to a file in the folder. A table of the schema main has no schema in its name.

    The reader must have the TEMP views of typed tables, if the schema of the file is not this version's. Raise IamsqlError
    for a run with a table that iamsql does not make.
    """
    for number, (table, columns) in enumerate(_tables_to_write(reader).items()):
        source = ".".join(identifier(part) for part in table.split(".", 1))
        ((rows,),) = reader.query(f"select count(*) from {source}")
        if rows:
            path = folder / f"{number}.parquet"
            select_list = ", ".join(_column_expression(reader, table, source, column) for column in columns)
            # A single thread, so the file has the order of the table: a row ID is the position in a list of AWS.
            reader.execute(
                f"copy (select {select_list} from {source}) to {literal(path)} (format parquet, compression zstd)"
            )
            yield TableFile(table, path, rows)


def _tables_to_write(reader: Reader) -> dict[str, list[str]]:
    """Return the tables to write with their columns. The file is untrusted: both are compared with iamsql's."""
    stored_columns = {
        name: columns for name, columns in reader.stored_columns().items() if not name.startswith("main.")
    }
    if unknown_name := unknown_table(sorted(stored_columns.keys() - EXCLUDED_TABLES)):
        raise IamsqlError(
            f"{reader.path} is not added: it has the table {unknown_name}, which iamsql does not make.\n"
            "Use the file that iamsql wrote."
        )
    # These tables record which data is missing.
    if missing_tables := sorted({f"iamsql.{name}" for name in REQUIRED_COLUMNS} - stored_columns.keys()):
        raise IamsqlError(
            f"{reader.path} is not added: it has no table {missing_tables[0]}.\nUse the file that iamsql wrote."
        )
    columns = {name: [column for column, _ in declared] for name, declared in lake_tables().items()}
    typed_tables = {name: names for name, names in columns.items() if "." not in name}
    other_tables = {
        name: [c for c in columns[name] if c in stored_columns[name]] for name in stored_columns if name in columns
    }
    return {**typed_tables, **other_tables}


def _column_expression(reader: Reader, table: str, source: str, column: str) -> str:
    """Return the expression of a column in the file: a list, if reading it back gives every value of a JSON column."""
    name = identifier(column)
    if (table, column) == FINGERPRINT_COLUMN:
        return f"{literal(compiler.fingerprint())} as {name}"
    if column not in TEXT_LISTS:
        return name
    as_list = f"try_cast({name} as varchar[])"
    is_different_sql = f"cast(to_json({as_list}) as varchar) is distinct from cast({name} as varchar)"
    ((is_different,),) = reader.query(f"select coalesce(bool_or({is_different_sql}), false) from {source}")
    return name if is_different else f"{as_list} as {name}"
