"""Build a run file: land items in bulk, note coverage, make the typed tables, then give the file its name.

One writer; rows wait in memory only up to LIMIT bytes, so that memory stays flat however large the organization is.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from iamsql.canonical_json import storable
from iamsql.cloudtrail.load import LogLoader, once_each
from iamsql.model import IamsqlError
from iamsql.store.connection import AttachError, Attachment, attach_to
from iamsql.store.failures import explained, is_of_the_disk
from iamsql.store.files import Template, attach, private_folder
from iamsql.store.folders import new_folder
from iamsql.store.held import require_no_log, stored_columns, unopened
from iamsql.store.journal import EXPECT, Journal
from iamsql.store.layout import TABLES
from iamsql.store.names import Names

LIMIT = 4_000_000
EVERY = 1.0  # seconds after which what waits is written: as much is asked again when a run was cut off


class RunWriter:
    """A run file in the making; `path` is its final name. Use as a context: an exception leaves the .partial behind."""

    def __init__(
        self,
        path: Path,
        template: Template | None = None,
        settings: Sequence[str] = (),
        folders: Sequence[Path] = (),
    ) -> None:
        """Make the .partial, a copy of another file or empty; raise IamsqlError when the folder cannot be written.

        Files to be loaded lie in the runs folder or in one of the further `folders`: SQL reaches no other.
        """
        self.path, self.partial = path, path.with_name(path.name + ".partial")
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}
        self._bytes, self._written = 0, time.monotonic()
        self.journal = Journal()
        self.filled_tables: set[str] = set()  # raw tables that hold something
        self._spool: Path | None = None
        private_folder(path.parent)
        self._umask: int | None = os.umask(0o077)  # until it is closed: DuckDB makes its log, and spills, when it likes
        try:
            self._con = attach(self.partial, template, settings, folders)
        except BaseException:
            self._let_go()
            raise

    def write_items(
        self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str
    ) -> None:
        """Take the items of one answer, each JSON text, for the raw table; times are ISO texts."""
        self._waiting.setdefault(raw, []).append((account_id, region, bound, items, synced_at))
        self.filled_tables.add(raw)
        self._bytes += sum(map(len, items)) + 100 * len(items)
        if self._bytes > LIMIT or time.monotonic() - self._written > EVERY:
            self.flush()

    def flush(self) -> None:
        """Write what waits in one transaction, one bulk insert a raw table, and what the journal tells of it."""
        self._written = time.monotonic()
        if self._waiting or self.journal:
            with self.transaction():
                self._write_items()
                self.journal.write(self.execute, self.insert_rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Have all that is executed meanwhile stand in the file, or nothing of it."""
        self.execute("begin transaction")
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):  # one that could not be written has ended by itself
                self._con.execute("rollback")
            raise
        self.execute("commit")

    def expect(self, calls: Sequence[tuple[str, str, str]]) -> None:
        """Say of every account that is still to be visited which calls are to come: region, service and operation."""
        if calls:
            self.execute(EXPECT, [list(column) for column in zip(*calls, strict=True)])

    def _write_items(self) -> None:
        waiting, self._waiting, self._bytes = self._waiting, {}, 0
        for raw, answers in waiting.items():
            lists: tuple[list[str], ...] = ([], [], [], [], [])
            for account_id, region, bound, items, synced_at in answers:
                n = len(items)
                for column, value in zip(
                    lists, ([account_id] * n, [region] * n, [bound] * n, items, [synced_at] * n), strict=True
                ):
                    column.extend(value)
            self._insert(f'raw."{raw}"', lists, ("VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR"))

    def delete_items(self, raw: str, account_id: str, region: str, bound: str) -> None:
        """Drop what was landed of a list that has to be asked again from its start."""
        self.flush()
        sql = f'delete from raw."{raw}" where account_id = ? and region = ? and bound = ?'
        self.execute(sql, [account_id, region, bound])

    def delete_call(self, raw: str, account_id: str, region: str) -> None:
        """Drop what an earlier sitting landed of a call that is asked anew, or no longer needed."""
        self.flush()
        self.execute(f'delete from raw."{raw}" where account_id = ? and region = ?', [account_id, region])

    def insert_rows(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to one of the iamsql tables, values in the order of its columns."""
        if rows:
            types = [_type(part) for part in _columns(table)]
            self._insert(f"iamsql.{table}", [list(map(storable, column)) for column in zip(*rows, strict=True)], types)

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run a statement that iamsql wrote itself."""
        with explained():
            self._con.execute(statement, list(values))

    def rows(self, select: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Give the rows of a SELECT that iamsql wrote itself."""
        with explained():
            return self._con.execute(select, list(values)).fetchall()

    def prepare(self, statements: Iterable[str]) -> None:
        """Run statements beside the landing, on a connection of their own: another thread may do it meanwhile."""
        beside = self._con.cursor()
        with explained():
            for statement in ("use r", "begin transaction", *statements, "commit"):
                beside.execute(statement)
        beside.close()

    @contextmanager
    def records(self, insert: str, found_by: str) -> Iterator[LogLoader]:
        """Load CloudTrail log files beside the landing, on a connection of its own; `insert` makes their rows."""
        spool = self.spool()
        beside = self._con.cursor()
        try:
            with explained():
                yield LogLoader(beside, insert, found_by, spool)
        finally:
            beside.interrupt()  # where this is not the end but a stop, a thread may still be loading
            with suppress(duckdb.ResourceInUseException):
                beside.close()
            shutil.rmtree(spool, ignore_errors=True)

    def spool(self) -> Path:
        """Make the folder for what waits to be loaded, seen by nobody but its owner; the same until it is removed."""
        if self._spool is None or not self._spool.is_dir():
            self._spool = new_folder(self.partial.with_name(self.partial.name + ".spool"))
        return self._spool

    @contextmanager
    def earlier(self, path: Path, listed: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[dict[str, dict[str, str]]]:
        """Attach another run file as `earlier` while statements copy from it; yield its tables with their columns and types.

        `listed` maps the name and columns of temporary tables, such as `kept (raw, account_id)`, to their rows of texts.
        Views and macros of that file are not to be used: whoever made it chose what they read. Raise Unopened where it
        cannot be attached.
        """
        require_no_log(path)
        try:
            attach_to(self._con, Attachment(path, "earlier"))
        except AttachError as failed:
            raise unopened(path, failed.error, str(failed).partition("\n")[0]) from failed
        try:
            for table, rows in listed.items():
                name, _, columns = table.partition(" (")
                self.execute(
                    f"create or replace temp table {name} ({columns.rstrip(')').replace(',', ' varchar,')} varchar)"
                )
                self._insert(f"temp.{name}", [*zip(*rows, strict=True)], ["VARCHAR"] * len(rows[0]) if rows else ())
            yield stored_columns(self._con, "earlier")
        except (duckdb.Error, IamsqlError) as error:
            cause = error if isinstance(error, duckdb.Error) else error.__cause__
            if isinstance(cause, duckdb.Error) and not is_of_the_disk(cause):
                raise unopened(path, cause, str(cause).partition("\n")[0]) from error
            raise
        finally:
            self.execute("detach earlier")

    def once_each(self) -> None:
        """Keep each event of an account once, whatever delivered it twice."""
        with explained():
            once_each(self._con)

    def tables_named(self, statements: Sequence[str]) -> list[set[str]]:
        """Name the stored tables that each statement stands on, once the typed tables are there."""
        names = Names(self._con)
        return [names.by_words(sql) for sql in statements]

    def finish(self) -> Path:
        """Write everything out and give the file its name; nobody writes it afterwards."""
        self.flush()
        self.execute("checkpoint r")
        self.close()
        try:
            self.partial.chmod(0o600)
            self.partial.rename(self.path)
        except OSError as error:
            raise IamsqlError(
                f"The run is whole, but {self.partial} could not be given its name: {error.strerror}.\n"
                f"Name it {self.path.name} yourself, or have it done with: iamsql sync --resume"
            ) from error
        return self.path

    def reopen(self) -> None:
        """Open the file again, so that DuckDB lets go of the memory in which it keeps what was written."""
        self.flush()
        self._con.close()
        self._con = attach(self.partial, is_new=False)

    def close(self) -> None:
        """Let go of the file; what was landed stays in the .partial."""
        self._con.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._umask is not None:
            os.umask(self._umask)
            self._umask = None

    def _insert(self, table: str, lists: Sequence[Sequence[Any]], types: Sequence[str]) -> None:
        """Insert columns given as lists; `unnest` of a bound list is the fast way in, about 60 times row by row."""
        if lists and lists[0]:
            unnested = ", ".join(f"unnest(?::{kind}[])" for kind in types)
            self.execute(f"insert into {table} select {unnested}", [list(column) for column in lists])


def _columns(table: str) -> list[str]:
    return TABLES[table].split(", ")


def _type(column: str) -> str:
    kind = column.split()[-1]
    return "VARCHAR" if kind in ("JSON", "TIMESTAMPTZ") else kind
