"""Refuse files whose macros or types DuckDB would use in the place of its own.

DuckDB looks a name up in the file first, operators such as || and ->> among them. Such a macro changes every answer about the
file, and what iamsql asks to find out what an answer lacks.
"""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb

from iamsql.store.open_errors import altered, unopened

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


def refuse_replacements(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Raise Unopened for a database in use that has a macro or a type with the name of one of DuckDB."""
    for kind, word, sql in (("macro", "function", FUNCTIONS), ("type", "type", TYPES)):
        for (name,) in sorted(connection.execute(sql).fetchall()):
            raise altered(path, f"its {kind} {name} has the name of a {word} of DuckDB")


class Check:
    """The same check in a thread, for DuckDB takes 20 ms to list its functions: answers wait for it, statements do not."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """Start the check on a connection of its own to the same database."""
        self._path, self._connection = path, connection.cursor()
        self._error: Exception | None = None
        self._failed = False
        self._thread: threading.Thread | None = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def require(self) -> None:
        """Wait for the check and raise what it found; repeat it where it failed, now that no statement runs beside it."""
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
        """Wait until nothing runs."""
        if self._thread:
            self._connection.interrupt()
            self._thread.join()
            self._connection.close()

    def _run(self) -> None:
        try:
            refuse_replacements(self._path, self._connection)
        except (duckdb.Error, MemoryError) as error:
            # A statement that takes all memory of the database makes the check beside it fail as well.
            self._failed = True
            self._error = unopened(self._path, error, str(error).partition("\n")[0])
        except Exception as error:  # raised where an answer waits for it
            self._error = error
