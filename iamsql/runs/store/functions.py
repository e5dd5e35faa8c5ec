"""List the functions of a file, and refuse files whose macros or types override DuckDB's.

DuckDB resolves a name in the file before its own functions, including operators such as || and ->>. A macro with such a
name changes every answer about the file, and the results of iamsql's own statements about coverage.
"""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.file_cache import FileCache
from iamsql.runs.store.open_errors import altered_file_error

KEY = "functions"  # in the cache of a file
FUNCTIONS_SQL = """
with functions as materialized (
  select database_name, schema_name, function_name, system.main.lower(function_name) as name, function_type,
    macro_definition, internal
  from system.main.duckdb_functions()),
types as materialized (
  select database_name, schema_name, system.main.lower(type_name) as name, internal from system.main.duckdb_types())
select 'macro', schema_name, name, null from functions
where not internal and database_name = system.main.current_database() and name in (select name from functions where internal)
union all select 'type', schema_name, name, null from types
where not internal and database_name = system.main.current_database() and name in (select name from types where internal)
union all select 'aggregate', schema_name, function_name, null from functions where function_type = 'aggregate'
union all select 'table_macro', schema_name, function_name, macro_definition from functions
where function_type = 'table_macro' and not internal
"""


class Functions(NamedTuple):
    """The bodies of the table macros of a file, by schema and name, and the names of aggregate functions."""

    table_macros: dict[tuple[str, str], str]
    aggregates: set[str]


def list_functions(path: Path, connection: duckdb.DuckDBPyConnection) -> Functions:
    """List the functions of the current database in one statement, because DuckDB takes 20 ms to list them.

    Raise OpenError if the database has a macro or a type with the name of one of DuckDB's.
    """
    functions = Functions({}, set())
    overrides: list[tuple[str, str]] = []
    for object_type, schema, name, body in connection.execute(FUNCTIONS_SQL).fetchall():
        if object_type == "table_macro":
            functions.table_macros[schema, name] = body
        elif object_type == "aggregate":
            functions.aggregates.add(name)
        else:
            overrides.append((object_type, name))
    for object_type, name in sorted(overrides):
        overridden = "function" if object_type == "macro" else "type"
        raise altered_file_error(path, f"its {object_type} {name} has the name of a {overridden} of DuckDB")
    return functions


class FunctionListing:
    """The functions of a file, listed in a thread. Only answers wait for the list and for its check of overrides."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection, cache: FileCache) -> None:
        """Start the thread, unless the cache has the list. A cursor executes statements while `connection` executes others."""
        self._path, self._connection, self._cache = path, connection, cache
        self._thread: threading.Thread | None = None
        if KEY not in cache.values:
            self._thread = threading.Thread(target=self._list_in_thread, args=(connection.cursor(),), daemon=True)
            self._thread.start()

    def functions(self) -> Functions:
        """Wait for the thread and return the functions. Raise OpenError as `list_functions` does."""
        if self._thread:
            self._thread.join()
        # A statement that takes all memory of the database makes a listing at the same time fail. No statement runs now.
        return self._cache.get(KEY, self._list_again)

    def _list_again(self) -> Functions:
        with closing(self._connection.cursor()) as cursor:
            return list_functions(self._path, cursor)

    def _list_in_thread(self, cursor: duckdb.DuckDBPyConnection) -> None:
        with closing(cursor), suppress(Exception):  # `functions` repeats the listing and raises its error
            self._cache.get(KEY, lambda: list_functions(self._path, cursor))
