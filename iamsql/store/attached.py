"""Attach several run files to one connection in a sandbox, with empty databases in memory beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import duckdb

from iamsql.model import IamsqlError
from iamsql.sqltext import literal
from iamsql.store.connection import AttachError, Attachment, connect
from iamsql.store.limits import LimitedConnection, StatementLimits, default_limits
from iamsql.store.messages import error_text, sql_errors
from iamsql.store.metadata import RunMetadata
from iamsql.store.open_errors import is_run, open_error, require_core_tables, require_no_log
from iamsql.store.overrides import refuse_overrides
from iamsql.store.reader import Reader


class AttachedFiles:
    """Run files by their aliases, attached read-only; `databases` lists the names of the empty databases."""

    def __init__(
        self, files: Mapping[str, Path], databases: Sequence[str], limits: StatementLimits | None = None
    ) -> None:
        """Attach the files and close the sandbox before anything is read. Raise OpenError, and IamsqlError for a missing file."""
        self._files = dict(files)
        spill = TemporaryDirectory(prefix="iamsql-", ignore_cleanup_errors=True)
        limits = limits or default_limits()
        settings = (f"set temp_directory = {literal(spill.name)}", *limits.settings)
        try:
            limited = LimitedConnection(self._connect(databases, settings), limits, spill)
        except BaseException:
            spill.cleanup()
            raise
        self._connection = cast(duckdb.DuckDBPyConnection, limited)  # has the methods that are used

    def _connect(self, databases: Sequence[str], settings: Sequence[str]) -> duckdb.DuckDBPyConnection:
        for path in self._files.values():
            if not path.is_file():
                raise IamsqlError(f"There is no run file {path}.\nList the runs with: iamsql runs")
            require_no_log(path)
        attachments = [Attachment(path, alias) for alias, path in self._files.items()]
        attachments += [Attachment(Path(":memory:"), name, "read_write") for name in databases]
        try:
            return connect(attach=attachments, settings=settings)
        except AttachError as failed:
            raise open_error(failed.path, failed.error, error_text(failed.error, 2)) from failed

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
        if not is_run(path, self._connection):
            raise IamsqlError(f"{path} is not a run of iamsql.\nList the runs with: iamsql runs")
        refuse_overrides(path, self._connection)  # before any statement that a macro of the file could alter
        facts = Reader(path, self._connection).facts
        require_core_tables(path, self._connection, facts.iamsql_version)
        return facts

    def reader(self, alias: str, facts: RunMetadata) -> Reader:
        """Return a reader of the current database; its errors name the file of `alias`."""
        return Reader(self._files[alias], self._connection, facts)
