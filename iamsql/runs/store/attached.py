"""Attach several run files to one connection in a sandbox, together with empty databases in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

from iamsql.model import IamsqlError
from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.engine import sql_errors
from iamsql.runs.store.functions import list_functions
from iamsql.runs.store.limited_connection import limited_connection
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.metadata import RunMetadata, read_metadata
from iamsql.runs.store.open_errors import open_error, require_file
from iamsql.runs.store.reader import Reader
from iamsql.runs.store.reading import OpenFile
from iamsql.runs.store.sandbox import IN_MEMORY, Access, AttachError, Attachment
from iamsql.runs.store.source import Openable, prepare, run_path


class AttachedFiles:
    """Run files by their aliases, attached read-only; `databases` lists the names of the empty databases."""

    def __init__(
        self, files: Mapping[str, Openable], databases: Sequence[str], limits: StatementLimits | None = None
    ) -> None:
        """Attach the files and close the sandbox before anything is read. Raise OpenError, and IamsqlError for a missing file."""
        self._files = {alias: run_path(run) for alias, run in files.items()}
        for path in self._files.values():
            require_file(path)
        access = Access(read=[file for run in files.values() for file in prepare(run, limits=limits).files])
        attachments = [Attachment(path, alias) for alias, path in self._files.items()]
        attachments += [Attachment(IN_MEMORY, name, "read_write") for name in databases]
        try:
            limited = limited_connection(limits, attach=attachments, access=access)
        except AttachError as failed:
            raise open_error(failed.path, failed.error) from failed
        self._connection = cast(duckdb.DuckDBPyConnection, limited)  # has the methods that are used

    def close(self) -> None:
        """Close the files."""
        self._connection.close()

    def use(self, database: str) -> None:
        """Make a file or database the current one: names without a database mean its tables."""
        self.query(f"use {database}")

    def query(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Execute SQL and return its rows. Raise IamsqlError with DuckDB's message."""
        with sql_errors():
            return self._connection.execute(sql, values or None).fetchall()

    def metadata(self, alias: str) -> RunMetadata:
        """Return the metadata of a file, which stays the current database.

        Raise IamsqlError for a file that is not a run, and OpenError for an altered file.
        """
        path = self._files[alias]
        self.use(alias)
        metadata = read_metadata(path, self._connection)
        if metadata is None:
            raise IamsqlError(f"{path} is not a run of iamsql.\nList the runs with: iamsql runs")
        list_functions(path, self._connection)  # before any statement that a macro of the file could alter
        return metadata

    def reader(self, alias: str, metadata: RunMetadata) -> Reader:
        """Return a reader of the current database; its errors name the file of `alias`."""
        path = self._files[alias]
        return Reader(path, OpenFile(self._connection, metadata, partial(list_functions, path, self._connection)))
