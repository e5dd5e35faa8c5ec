"""The tables that a lake stores. Names in the files of a lake, and in a run that is added, are data: others are refused.

The names become SQL and paths. A version of iamsql with more tables writes lakes that an earlier version refuses to read.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from iamsql.escaping import printable
from iamsql.runs.store.run_schema import TABLES, split_columns
from iamsql.tables.calls.account import EVENTS, RECORDS
from iamsql.tables.compiler import compiler
from iamsql.tables.fragments.events import EVENTS_TABLE
from iamsql.tables.registry import all_calls, all_tables

# Events have separate files; a run file over the lake has the queries of the version that opens it.
EXCLUDED_TABLES = frozenset({EVENTS_TABLE, "iamsql.queries", f"raw.{EVENTS.raw}", f"raw.{RECORDS.raw}"})
MAX_NAME_CHARACTERS = 80  # characters of a name in an error


@cache
def lake_tables() -> dict[str, list[tuple[str, str]]]:
    """Map each table that a lake can store to its columns and their types; a typed table has no schema in its name."""
    tables = {
        name: [(column.name, compiler.duckdb_type(column)) for column in compiler.columns(relation)]
        for name, relation in all_tables().items()
        if relation.stored
    }
    tables |= {f"raw.{call.raw}": split_columns(compiler.RAW_COLUMNS) for call in all_calls()}
    tables |= {f"iamsql.{name}": split_columns(columns) for name, columns in TABLES.items()}
    return {name: columns for name, columns in tables.items() if name not in EXCLUDED_TABLES}


def unknown_table(names: Iterable[str]) -> str:
    """Return the first name that is not a table of a lake, as text for an error; '' if there is none."""
    unknown_name = next((name for name in names if name not in lake_tables()), None)
    return "" if unknown_name is None else repr(printable(unknown_name[:MAX_NAME_CHARACTERS]))
