"""Read only the stored tables of run files, not their views and macros. This takes a third of the time of `open_run`.

The files are attached to a database in memory. DuckDB resolves the names of functions and types there, so a file cannot
override them, and its functions need not be listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from iamsql.runs.store.engine import Connection
from iamsql.runs.store.limited_connection import LimitedConnection
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.metadata import RunMetadata, parse_metadata, require_core
from iamsql.runs.store.open_errors import open_error, readable, require_file, stored_columns
from iamsql.runs.store.sandbox import Access, AttachError, Attachment, attach_to

SCHEMA = "iamsql."
RUN = f"{SCHEMA}run"


class AttachedRun:
    """The stored tables of one file. In SQL, `{run}` is the name of its database."""

    def __init__(self, path: Path, connection: Connection, database: str) -> None:
        """Store the path and the name of the attached database."""
        self.path, self._connection, self._database = path, connection, database

    @cached_property
    def columns(self) -> dict[str, dict[str, str]]:
        """Return the columns of each stored table, as schema.name, and their types. Raise OpenError."""
        with readable(self.path):
            return stored_columns(self._connection, self._database)

    @cached_property
    def metadata(self) -> RunMetadata:
        """Return the row of iamsql.run; without values if there is none.

        Raise OpenError for a value of another type, and for a run without a table or column of CORE.
        """
        if RUN not in self.columns:
            return RunMetadata()
        names = [name for name in RunMetadata.__dataclass_fields__ if name in self.columns[RUN]]
        rows = self.rows(f"select {', '.join(names)} from {{run}}.{RUN} limit 1")
        with readable(self.path):
            metadata = parse_metadata(dict(zip(names, rows[0], strict=True))) if rows else RunMetadata()
        run_tables = {
            table.removeprefix(SCHEMA): columns for table, columns in self.columns.items() if table.startswith(SCHEMA)
        }
        require_core(self.path, metadata, run_tables)
        return metadata

    def rows(self, select: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of one of iamsql's own SELECTs, over tables that `columns` lists. Raise OpenError if it fails."""
        with readable(self.path):
            return self._connection.execute(select.format(run=self._database), values).fetchall()


class StoredTables:
    """Attaches run files of one folder, each when it is first needed. A context manager, which closes them."""

    def __init__(self, folder: Path, limits: StatementLimits | None = None) -> None:
        """Prepare to read; the folder need not exist."""
        self.folder, self._limits = folder, limits
        self._connection: LimitedConnection | None = None
        self._runs: dict[Path, AttachedRun] = {}

    def run(self, path: Path) -> AttachedRun:
        """Attach a file of the folder. Raise OpenError, and IamsqlError for a missing file."""
        if path not in self._runs:
            require_file(path)
            if self._connection is None:
                self._connection = LimitedConnection(self._limits, access=Access(folders=[self.folder.resolve()]))
            connection, database = cast(Connection, self._connection), f"run{len(self._runs)}"
            try:
                attach_to(connection, Attachment(path, database))
            except AttachError as failed:
                raise open_error(path, failed.error) from failed
            self._runs[path] = AttachedRun(path, connection, database)
        return self._runs[path]

    def close(self) -> None:
        """Close the files. A later `run` attaches its file again."""
        connection, self._connection, self._runs = self._connection, None, {}
        if connection is not None:
            connection.close()

    def __enter__(self) -> StoredTables:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
