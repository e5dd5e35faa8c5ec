"""How a run file is opened for reading: the files that SQL may access, and the limits of its statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.file_cache import FileCache, Version, file_version, find_cache
from iamsql.runs.store.functions import FunctionListing, Functions
from iamsql.runs.store.limited_connection import limited_connection
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.metadata import RunMetadata, read_metadata
from iamsql.runs.store.open_errors import readable, require_file
from iamsql.runs.store.sandbox import Access
from iamsql.runs.store.source import Openable, Prepared, prepare, run_path

# The time of projection_pullup is quadratic in the size of a plan: seconds for the macros that evaluate permissions.
# window_self_join reads the events of a window function twice. top_n_window_elimination replaces a window that selects a row of
# each group by an aggregate, whose memory DuckDB cannot write to disk.
DISABLED_OPTIMIZERS = {"projection_pullup", "top_n_window_elimination", "window_self_join"}
# The files of a lake never change: their metadata is read once. Thousands of small files are read faster without read-ahead.
OF_LAKES = ("set parquet_metadata_cache = true", "set async_threads = 0")


class OpenFile(NamedTuple):
    """An open run file, and what was read of it. `functions` lists its functions, or raises OpenError for an override."""

    connection: duckdb.DuckDBPyConnection
    metadata: RunMetadata | None
    functions: Callable[[], Functions]
    prepared: Prepared = Prepared()
    cache: FileCache | None = None  # of values that depend on the file only
    version: Version | None = None


@dataclass(frozen=True)
class ReadOptions:
    """The run to open, the files that its SQL may access in addition, and the limits of each statement.

    Statements may read and write the files `write_to` and the files in the folder `write_under`, and read the files in `read`;
    `allow_files` is --allow-files.
    """

    run: Openable
    allow_files: bool = False
    write_to: tuple[str, ...] = ()
    write_under: Path | None = None
    read: Sequence[Path] = ()
    limits: StatementLimits | None = None

    def open(self, sql: str) -> OpenFile:
        """Open the file read-only, for `sql` or, if it is '', for every statement.

        The sandbox is closed before anything is read, because the file may have views instead of tables. Raise OpenError, and
        IamsqlError for a missing file.
        """
        path = run_path(self.run)
        require_file(path)
        prepared = prepare(self.run, sql, self.limits)
        version = file_version(path)
        folders = [self.write_under] if self.write_under else []
        access = Access(self.write_to, folders, self.allow_files, [*self.read, *prepared.files])
        with readable(path):
            settings = OF_LAKES if prepared.files else ()
            limited = limited_connection(self.limits, path, settings, access=access, disabled=DISABLED_OPTIMIZERS)
            connection = cast(duckdb.DuckDBPyConnection, limited)  # has the methods that are used
            try:
                cache = FileCache() if prepared.files else find_cache(path, version)
                metadata = cache.get("metadata", partial(read_metadata, path, connection))
                # Next to the statements of the reader, because DuckDB takes 20 ms to list its functions.
                listing = FunctionListing(path, connection, cache)
            except BaseException:
                connection.close()
                raise
        return OpenFile(connection, metadata, listing.functions, prepared, cache, version)

    def is_changed(self, sql: str | None, version: Version | None) -> bool:
        """Return whether the source had to write the file again, because tables of `sql` are missing in the open version."""
        if sql is None or isinstance(self.run, Path):
            return False
        prepare(self.run, sql, self.limits)
        return file_version(self.run.path) != version
