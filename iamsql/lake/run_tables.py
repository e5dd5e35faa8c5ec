"""Write the tables of a run as Parquet files: typed tables in the schema of this version, raw items, and the schema iamsql."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iamsql.schema import compiler
from iamsql.schema.registry import all_tables
from iamsql.schema.tables._calls import EVENTS, RECORDS
from iamsql.schema.text_lists import TEXT_LISTS
from iamsql.schema.views._events import EVENTS_TABLE
from iamsql.sqltext import identifier, literal
from iamsql.store.reader import Reader

# Events have files of their own; a run file over the lake has the queries of the version that opens it.
EXCLUDED = frozenset({EVENTS_TABLE, "iamsql.queries", f"raw.{EVENTS.raw}", f"raw.{RECORDS.raw}"})
# The typed tables have the schema of this version, whichever wrote the run file.
FINGERPRINT = ("iamsql.run", "schema_fingerprint")


@dataclass(frozen=True)
class TableFile:
    """A table, and the local Parquet file with its rows."""

    table: str
    path: Path
    rows: int


def write_tables(reader: Reader, folder: Path) -> Iterator[TableFile]:
    """Write each table that has rows to a file in the folder. A table of the schema main has no schema in its name.

    The reader must have the TEMP views of typed tables, if the file has another schema than this version.
    """
    stored = reader.stored_columns()
    typed = {name: [column.name for column in compiler.columns(r)] for name, r in all_tables().items() if r.stored}
    others = {name: list(columns) for name, columns in stored.items() if not name.startswith("main.")}
    for number, (table, columns) in enumerate({**typed, **others}.items()):
        if table in EXCLUDED:
            continue
        source = ".".join(identifier(part) for part in table.split(".", 1))
        ((rows,),) = reader.query(f"select count(*) from {source}")
        if rows:
            path = folder / f"{number}.parquet"
            listed = ", ".join(_stored_column(reader, table, source, column) for column in columns)
            # A single thread, so that the file has the order of the table: a row ID is the position in a list of AWS.
            reader.execute(
                f"copy (select {listed} from {source}) to {literal(path)} (format parquet, compression zstd)"
            )
            yield TableFile(table, path, rows)


def _stored_column(reader: Reader, table: str, source: str, column: str) -> str:
    """Return the expression of a column in the file: a list, if reading it back gives every value of a JSON column."""
    name = identifier(column)
    if (table, column) == FINGERPRINT:
        return f"{literal(compiler.fingerprint())} as {name}"
    if column not in TEXT_LISTS:
        return name
    as_list = f"try_cast({name} as varchar[])"
    differs = f"cast(to_json({as_list}) as varchar) is distinct from cast({name} as varchar)"
    ((is_other,),) = reader.query(f"select coalesce(bool_or({differs}), false) from {source}")
    return name if is_other else f"{as_list} as {name}"
