"""Build a run file: land items in bulk, note coverage, make the typed tables, then give the file its name.

One writer; rows wait in memory only up to LIMIT bytes, so that memory stays flat however large the organization is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from iamsql.model import IamsqlError
from iamsql.sqltext import literal
from iamsql.store.layout import API_CALLS, COMMENTS, TABLES
from iamsql.store.names import Names
from iamsql.store.records import Records, once_each

LIMIT = 4_000_000
STORAGE = "v1.2.0"
MEMORY = "768MB"  # 54,000 roles, each with documents of its own, take more than 640 to be shaped
ROWS = 4_096  # in a row group: events are wide, and a group waits in memory until it is full


class Landing:
    """A run file in the making; `path` is its final name. Use as a context: an exception leaves the .partial behind."""

    def __init__(self, path: Path, raw_tables: Iterable[str]) -> None:
        """Make the .partial and its schemas; raise IamsqlError when the folder cannot be written."""
        self.path = path
        self.partial = path.with_name(path.name + ".partial")
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}
        self._bytes = 0
        self.landed: set[str] = set()  # raw tables that hold something
        _private_folder(path.parent)
        self._con = _attach(self.partial)
        for statement in ("create schema raw", "create schema iamsql", *raw_tables):
            self.execute(statement)
        for name, columns in TABLES.items():
            self.execute(f"create table iamsql.{name} ({columns})")
            self.execute(f"comment on table iamsql.{name} is '{COMMENTS[name]}'")
        self.execute(API_CALLS)

    def land(self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str) -> None:
        """Take the items of one answer, each JSON text, for the raw table; times are ISO texts."""
        self._waiting.setdefault(raw, []).append((account_id, region, bound, items, synced_at))
        self.landed.add(raw)
        self._bytes += sum(map(len, items)) + 100 * len(items)
        if self._bytes > LIMIT:
            self.flush()

    def flush(self) -> None:
        """Write what waits, one bulk insert a raw table."""
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

    def forget(self, raw: str, account_id: str, region: str, bound: str) -> None:
        """Drop what was landed of a list that has to be asked again from its start."""
        self.flush()
        sql = f'delete from raw."{raw}" where account_id = ? and region = ? and bound = ?'
        self.execute(sql, [account_id, region, bound])

    def note(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to one of the iamsql tables, values in the order of its columns."""
        if rows:
            types = [_type(part) for part in _columns(table)]
            self._insert(f"iamsql.{table}", [list(column) for column in zip(*rows, strict=True)], types)

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run a statement that iamsql wrote itself."""
        with self._told():
            self._con.execute(statement, list(values))

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """Give the rows of a SELECT that iamsql wrote itself."""
        with self._told():
            return self._con.execute(select).fetchall()

    def prepare(self, statements: Iterable[str]) -> None:
        """Run statements beside the landing, on a connection of their own: another thread may do it meanwhile."""
        beside = self._con.cursor()
        with self._told():
            for statement in ("use r", "begin transaction", *statements, "commit"):
                beside.execute(statement)
        beside.close()

    @contextmanager
    def records(self, insert: str, found_by: str) -> Iterator[Records]:
        """Load CloudTrail log files beside the landing, on a connection of its own; `insert` makes their rows."""
        spool = self.spool()
        beside = self._con.cursor()
        try:
            with self._told():
                yield Records(beside, insert, found_by, spool)
        finally:
            beside.close()
            shutil.rmtree(spool, ignore_errors=True)

    def spool(self) -> Path:
        """Make the folder for what waits to be loaded, seen by nobody but its owner."""
        folder = self.partial.with_name(self.partial.name + ".spool")
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def carry(self, earlier: Path, spans: Sequence[Sequence[str]], statements: Iterable[str]) -> None:
        """Run statements that copy from another run file, attached as `earlier`; `spans` stand in temp.carried."""
        beside = self._con.cursor()
        columns = "source varchar, account_id varchar, region varchar, look_up varchar, until timestamptz"
        unnested = ", ".join(f"unnest(?::{part.split()[1]}[])" for part in columns.split(", "))
        with self._told():
            beside.execute("use r")
            beside.execute(f"attach {literal(earlier)} as earlier (read_only)")
            beside.execute(f"create or replace temp table carried ({columns})")
            beside.execute(
                f"insert into temp.carried select {unnested}", [list(column) for column in zip(*spans, strict=True)]
            )
            for statement in statements:
                beside.execute(statement)
            beside.execute("detach earlier")
        beside.close()

    def once_each(self) -> None:
        """Keep each event of an account once, whatever delivered it twice."""
        with self._told():
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
        self.partial.chmod(0o600)
        self.partial.rename(self.path)
        return self.path

    def close(self) -> None:
        """Let go of the file; what was landed stays in the .partial."""
        self._con.close()

    def _insert(self, table: str, lists: Sequence[Sequence[Any]], types: Sequence[str]) -> None:
        """Insert columns given as lists; `unnest` of a bound list is the fast way in, about 60 times row by row."""
        if lists and lists[0]:
            unnested = ", ".join(f"unnest(?::{kind}[])" for kind in types)
            self.execute(f"insert into {table} select {unnested}", [list(column) for column in lists])

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what a user can do about a disk that takes no more; nothing that was landed is lost."""
        try:
            yield
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except duckdb.Error as error:
            full = isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException)
            if not full and "Could not write" not in str(error):  # a commit that the disk did not take says so in words
                raise
            words = str(error).splitlines()[0]
            raise IamsqlError(
                f"The run file could not be written: {words}\nMake room, or name another folder with --runs DIR."
            ) from error


def _columns(table: str) -> list[str]:
    return TABLES[table].split(", ")


def _type(column: str) -> str:
    kind = column.split()[-1]
    return "VARCHAR" if kind in ("JSON", "TIMESTAMPTZ") else kind


def _private_folder(folder: Path) -> None:
    try:
        if not folder.is_dir():  # what somebody else made keeps its mode
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
    except OSError as error:
        raise IamsqlError(
            f"Cannot write the runs folder {folder}: {error.strerror}.\nName another with --runs DIR."
        ) from error


def _attach(partial: Path) -> duckdb.DuckDBPyConnection:
    """Open a new file readable by DuckDB 1.2 and later, seen by nobody but its owner."""
    con = duckdb.connect(":memory:", config={"memory_limit": MEMORY, "temp_directory": str(partial) + ".tmp"})
    before = os.umask(0o077)
    try:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set enable_progress_bar = false")
        con.execute(
            f"attach {literal(partial)} as r (storage_version '{STORAGE}', block_size 16384, row_group_size {ROWS})"
        )
        con.execute("use r")
    except (duckdb.IOException, duckdb.Error) as error:
        con.close()
        raise IamsqlError(
            f"Cannot write {partial}: {str(error).splitlines()[0]}\nName another folder with --runs DIR."
        ) from error
    finally:
        os.umask(before)
    return con
