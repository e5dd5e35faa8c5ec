"""Write a run file: items in bulk, coverage, typed tables; then rename the file to its final name.

A run has one writer. Items wait in memory up to LIMIT bytes, so memory does not grow with the organization.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from iamsql.canonical_json import replace_surrogates
from iamsql.model import IamsqlError
from iamsql.runs.private_files import new_folder
from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.engine import Connection
from iamsql.runs.store.functions import list_functions
from iamsql.runs.store.journal import EXPECT, Journal
from iamsql.runs.store.open_errors import open_error, require_no_log, stored_columns
from iamsql.runs.store.open_new import Template, open_new, private_folder
from iamsql.runs.store.referenced_tables import ReferencedTables
from iamsql.runs.store.run_schema import TABLES
from iamsql.runs.store.sandbox import AttachError, Attachment, attach_to
from iamsql.runs.store.write_errors import is_disk_full, write_errors

LIMIT = 4_000_000  # bytes
SMALL = 4_000_000  # bytes of items up to which FSST saves little; it takes 0.15 seconds for the columns of all tables
FLUSH_INTERVAL = 1.0  # seconds after which waiting rows are written: a killed run loses no more
# A row for each response, with its items as lines of one string: DuckDB splits a string in a fraction of the time that its Python
# client needs to convert a list.
INSERT_ITEMS = """
insert into raw."{raw}" select account_id, region, bound, unnest(string_split(items, chr(10))), synced_at from (
  select unnest(?::varchar[]) as account_id, unnest(?::varchar[]) as region, unnest(?::varchar[]::json[]) as bound,
    unnest(?::varchar[]) as items, unnest(?::varchar[]::timestamptz[]) as synced_at)
"""


class RunWriter:
    """A run file that is being built; `path` is its final name."""

    def __init__(
        self, path: Path, template: Template | None = None, settings: Sequence[str] = (), folders: Sequence[Path] = ()
    ) -> None:
        """Create the .partial file, empty or as a copy of the template. Raise IamsqlError if the folder is not writable.

        SQL reads files of the runs folder and of `folders` only.
        """
        self.path, self.partial = path, path.with_name(path.name + ".partial")
        self._waiting: dict[str, tuple[list[str], ...]] = {}  # the columns of the responses by raw table
        self._bytes, self._written = 0, time.monotonic()
        self.journal = Journal()
        self.item_sizes: dict[str, dict[str, int]] = {}  # bytes of the items by raw table with rows and by account
        self._download_folder: Path | None = None
        private_folder(path.parent)
        # Until the file is closed, because DuckDB creates its log and temporary files at any time.
        self._umask: int | None = os.umask(0o077)
        try:
            self._con = open_new(self.partial, template, settings, folders)
        except BaseException:
            self._restore_umask()
            raise

    @property
    def size(self) -> int:
        """Return the bytes of all items."""
        return sum(sum(sizes.values()) for sizes in self.item_sizes.values())

    def write_items(
        self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str
    ) -> None:
        """Add the items of one response, as JSON without line breaks, to a raw table; `synced_at` is an ISO 8601 string."""
        if not items:
            return
        text = "\n".join(items)
        for column, value in zip(
            self._waiting.setdefault(raw, ([], [], [], [], [])),
            (account_id, region, bound, text, synced_at),
            strict=True,
        ):
            column.append(value)
        self._add_size(raw, account_id, len(text))
        self._bytes += len(text) + 100 * len(items)  # about 100 bytes for the other columns
        if self._bytes > LIMIT or time.monotonic() - self._written > FLUSH_INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Write the waiting items and the journal in one transaction, with one bulk insert per table."""
        self._written = time.monotonic()
        if self._waiting or self.journal:
            with self.transaction():
                for raw, columns in self._waiting.items():
                    self.execute(INSERT_ITEMS.format(raw=raw), columns)
                for statement, values in self.journal.statements():
                    self.execute(statement, [list(map(replace_surrogates, column)) for column in values])
                for table, rows in self.journal.rows().items():
                    self.insert_rows(table, rows)
            self._waiting, self._bytes = {}, 0  # not before the commit: an interrupted flush is repeated
            self.journal.clear()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the enclosed statements in one transaction, which an exception rolls back."""
        self.execute("begin transaction")
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):  # DuckDB has rolled back a transaction that cannot be written
                self._con.execute("rollback")
            raise
        self.execute("commit")

    def expect(self, calls: Sequence[tuple[str, str, str]], after: int = 0) -> None:
        """Add a row of coverage, as not reached, for each call (region, service, operation) of each account to collect.

        `after` is the position of the last account that has these rows already.
        """
        if calls:
            self.execute(EXPECT, [*(list(column) for column in zip(*calls, strict=True)), after])

    def delete_items(self, raw: str, account_id: str, region: str, bound: str | None = None) -> None:
        """Delete the items of one list, or of all lists of a call in one region."""
        self.flush()  # some of the items may still wait in memory
        deleted = f'delete from raw."{raw}" where account_id = ? and region = ? and bound = coalesce(?, bound)'
        self.execute(deleted, [account_id, region, bound])

    def insert_rows(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows into a table of the schema iamsql, with values in the order of its columns."""
        if rows:
            types = [column.split()[-1] for column in TABLES[table].split(", ")]
            # Values of these types are ISO 8601 strings and JSON, which the INSERT casts.
            types = ["VARCHAR" if column_type in ("JSON", "TIMESTAMPTZ") else column_type for column_type in types]
            # Error messages and names may contain unpaired surrogates, which DuckDB refuses.
            columns = [list(map(replace_surrogates, column)) for column in zip(*rows, strict=True)]
            self._insert(f"iamsql.{table}", columns, types)

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Execute a trusted statement. Raise IamsqlError if memory or disk space is insufficient."""
        with write_errors():
            self._con.execute(statement, list(values))

    def rows(self, select: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a trusted SELECT."""
        with write_errors():
            return self._con.execute(select, list(values)).fetchall()

    @contextmanager
    def side_connection(self) -> Iterator[Connection]:
        """Yield another connection to the file, for statements during the work of the writer."""
        connection = self._con.cursor()
        try:
            with write_errors():
                yield connection
        finally:
            with suppress(duckdb.ResourceInUseException):  # a statement that was interrupted may still be ending
                connection.close()

    def download_folder(self) -> Path:
        """Return the private folder for files that wait to be loaded, which is created when it is first used."""
        if self._download_folder is None or not self._download_folder.is_dir():
            self._download_folder = new_folder(self.partial.with_name(self.partial.name + ".spool"))
        return self._download_folder

    @contextmanager
    def attached(self, path: Path, lists: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[dict[str, dict[str, str]]]:
        """Attach another run file as `source`, to copy from it; yield its tables with their columns and types.

        `lists` maps the name and columns of temporary tables, such as `calls (raw, account_id)`, to their rows of strings.
        Do not use views and macros of that file: whoever made it chose what they read. Raise OpenError if the file cannot
        be attached or read.
        """
        require_no_log(path)
        try:
            attach_to(self._con, Attachment(path, "source"))
        except AttachError as failed:
            raise open_error(path, failed.error) from failed
        try:
            for table, rows in lists.items():
                name, _, columns = table.partition(" (")
                self.execute(
                    f"create or replace temp table {name} ({columns.rstrip(')').replace(',', ' varchar,')} varchar)"
                )
                self._insert(f"temp.{name}", [*zip(*rows, strict=True)], ["VARCHAR"] * len(rows[0]) if rows else ())
            yield stored_columns(self._con, "source")
        except (duckdb.Error, IamsqlError) as error:
            cause = error if isinstance(error, duckdb.Error) else error.__cause__
            if isinstance(cause, duckdb.Error) and not is_disk_full(cause):
                raise open_error(path, cause) from error
            raise
        finally:
            self.execute("detach source")

    def tables_of(self, statements: Sequence[str]) -> list[set[str]]:
        """Return the stored tables that each statement reads; the typed tables must exist."""
        names = ReferencedTables(self._con, partial(list_functions, self.partial, self._con))
        return [names.by_words(sql) for sql in statements]

    def finish(self) -> Path:
        """Write the waiting rows, rename the file to its final name and return its path. The file is read-only afterwards."""
        self.flush()
        if self.size < SMALL:
            self.execute("set disabled_compression_methods = 'fsst'")
        self.execute("checkpoint r")  # without it, a write-ahead log may remain, which readers refuse
        self.close()
        try:
            self.partial.chmod(0o600)
            self.partial.rename(self.path)  # the last step: a file without .partial is complete
        except OSError as error:
            raise IamsqlError(
                f"The run is complete, but {self.partial} could not be renamed: {error.strerror}.\n"
                f"Rename it to {self.path.name}, or run: iamsql sync --resume"
            ) from error
        return self.path

    def reopen(self) -> None:
        """Close and open the file, so DuckDB frees the memory of what was written."""
        self.flush()
        self._con.close()
        self._con = open_new(self.partial, is_new=False)

    def close(self) -> None:
        """Close the file; the .partial keeps what was written."""
        self._con.close()
        self._restore_umask()

    def add_copied(self, raw: str) -> None:
        """Record the rows of a raw table that were copied from another file."""
        sizes = f'select account_id, sum(strlen(item))::bigint from raw."{raw}" group by all'
        for account_id, size in self.rows(sizes):
            self._add_size(raw, account_id, size)

    def _add_size(self, raw: str, account_id: str, size: int) -> None:
        sizes = self.item_sizes.setdefault(raw, {})
        sizes[account_id] = sizes.get(account_id, 0) + size

    def _restore_umask(self) -> None:
        if self._umask is not None:
            os.umask(self._umask)
            self._umask = None

    def _insert(self, table: str, lists: Sequence[Sequence[Any]], types: Sequence[str]) -> None:
        """Insert columns given as lists: `unnest` of a bound list is about 60 times as fast as row by row."""
        if lists and lists[0]:
            unnested = ", ".join(f"unnest(?::{column_type}[])" for column_type in types)
            self.execute(f"insert into {table} select {unnested}", [list(column) for column in lists])
