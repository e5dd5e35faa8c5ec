"""Refuse files whose macros or types override those of DuckDB.

DuckDB resolves a name in the file before its own functions, including operators such as || and ->>. A macro with such a
name changes every answer about the file, and the results of iamsql's own statements about coverage.
"""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb

from iamsql.store.open_errors import altered_file, open_error

FUNCTIONS = """
with functions as materialized (
  select system.main.lower(function_name) as name, internal, database_name from system.main.duckdb_functions())
select distinct name from functions
where not internal and database_name = system.main.current_database() and name in (select name from functions where internal)
"""
TYPES = """
with types as materialized (
  select system.main.lower(type_name) as name, internal, database_name from system.main.duckdb_types())
select distinct name from types
where not internal and database_name = system.main.current_database() and name in (select name from types where internal)
"""


def refuse_overrides(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Raise OpenError if the current database has a macro or a type with the name of one of DuckDB's."""
    for kind, overridden, sql in (("macro", "function", FUNCTIONS), ("type", "type", TYPES)):
        for (name,) in sorted(connection.execute(sql).fetchall()):
            raise altered_file(path, f"its {kind} {name} has the name of a {overridden} of DuckDB")


class OverridesCheck:
    """The check in a thread, because DuckDB takes 20 ms to list its functions. Only answers wait for the check."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """Start the check; no other statement may use the connection."""
        self._path, self._connection = path, connection
        self._error: Exception | None = None
        self._failed = False
        self._thread: threading.Thread | None = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def require(self) -> None:
        """Wait for the check and raise its error. A check that failed is repeated, because no statement runs beside it now."""
        if self._thread:
            self._thread.join()
            self._thread = None
            try:
                if self._failed:
                    self._error = None
                    self._run()
            finally:
                self._connection.close()
        if self._error:
            raise self._error

    def stop(self) -> None:
        """Interrupt the check and wait for its thread."""
        if self._thread:
            self._connection.interrupt()
            self._thread.join()
            self._connection.close()

    def _run(self) -> None:
        try:
            refuse_overrides(self._path, self._connection)
        except (duckdb.Error, MemoryError) as error:
            # A statement that takes all memory of the database makes the check beside it fail as well.
            self._failed = True
            self._error = open_error(self._path, error, str(error).partition("\n")[0])
        except Exception as error:  # raised by `require`
            self._error = error
