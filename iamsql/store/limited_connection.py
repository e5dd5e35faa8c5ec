"""A DuckDB connection that limits the time, the memory and the rows of each statement.

DuckDB's own memory limit does not count all its allocations, so that the memory of the process is limited as well.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from sys import getsizeof
from tempfile import TemporaryDirectory
from types import NoneType
from typing import Any
from weakref import ref

from iamsql.sqltext import literal
from iamsql.store.connection import connect
from iamsql.store.driver import duckdb
from iamsql.store.limits import DEFAULT, LimitExceeded, StatementLimits, format_size

with suppress(ImportError):  # on Windows, where _data_size returns None
    import resource

UNCOUNTED = 2**30  # bytes that the process may allocate in addition to the memory that DuckDB counts
GRACE = 10.0  # seconds that an interrupted statement has to end
POLL = 0.1  # seconds between two checks of the time, and between two interrupts
BATCH = 2048  # rows per fetch: the size of DuckDB's vectors
STATM = "/proc/self/statm"  # sizes of the process in pages: proc(5)
SHORT = 64  # characters up to which equal texts are stored once
ENTRY = 250  # bytes of such a text and its entry in the index
SAMPLE = 64  # rows of a batch whose size is measured


class LimitedConnection:
    """A DuckDB connection that enforces limits. It has those methods of DuckDB's connection that `store` uses.

    A statement beyond its limits raises LimitExceeded; an interrupt by another thread raises KeyboardInterrupt.
    The time between two fetches, in which the caller prints rows, does not count.
    """

    def __init__(
        self, limits: StatementLimits | None, database: Path | None = None, further: Sequence[str] = (), **options: Any
    ) -> None:
        """Open a connection, with `further` settings and the options of `connect`; start the thread that watches the time."""
        self._limits = limits or DEFAULT.get() or StatementLimits()
        # DuckDB would put temporary files beside the run file.
        self._spill = TemporaryDirectory(prefix="iamsql-", ignore_cleanup_errors=True)
        settings = (
            f"set temp_directory = {literal(self._spill.name)}",
            f"set memory_limit = '{self._limits.memory}B'",
            f"set max_temp_directory_size = '{4 * self._limits.memory}B'",
            *further,
        )
        try:
            self._connection = connect(database, settings=settings, **options)
        except BaseException:
            self._spill.cleanup()
            raise
        self._remaining = self._limits.seconds
        self._deadline: float | None = None  # of the call that runs now
        self._timed_out = False
        self._closed = threading.Event()
        if self._limits.seconds:
            threading.Thread(target=_watch, args=(ref(self), self._closed), daemon=True).start()

    def execute(self, sql: str, values: Any = None) -> LimitedConnection:
        """Execute a statement with a new time limit."""
        self._remaining = self._limits.seconds
        with self._limited():
            self._connection.execute(sql, values)
        return self

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """Return up to `size` further rows."""
        with self._limited():
            return self._connection.fetchmany(size)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the remaining rows. Raise LimitExceeded if they need more than a quarter of the memory."""
        rows = RowBuffer()
        # DuckDB's fetchall() would build all rows before their size can be checked.
        while batch := self.fetchmany(BATCH):
            rows.add(batch)
            if rows.bytes > self._limits.memory // 4:
                raise LimitExceeded(
                    f"The rows of the result need more than {format_size(self._limits.memory // 4)}, "
                    "a quarter of the memory limit.\n"
                    "Select less, write the rows with COPY (…) TO 'rows.parquet', or raise the limit with --memory SIZE."
                )
        return rows.rows

    @property
    def description(self) -> Any:
        """Return the columns of the result, as DuckDB's `description`."""
        return self._connection.description

    def extract_statements(self, sql: str) -> list[duckdb.Statement]:
        """Split a text into statements."""
        return self._connection.extract_statements(sql)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Open another connection to the same database, without limits."""
        return self._connection.cursor()

    def interrupt(self) -> None:
        """Interrupt the statement that another thread runs."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the connection, stop the watching thread and delete the temporary files."""
        self._closed.set()
        self._connection.close()
        self._spill.cleanup()

    def check_time(self) -> None:
        """Interrupt a call that is past its deadline; call `on_stuck` if it does not end within GRACE seconds."""
        deadline, now = self._deadline, time.monotonic()
        if deadline is None or now < deadline:
            return
        self._timed_out = True
        with suppress(duckdb.Error):
            self._connection.interrupt()
        if self._limits.on_stuck and now > deadline + GRACE:
            self._spill.cleanup()  # on_stuck may end the process
            self._limits.on_stuck(str(self._time_exceeded()))

    def _time_exceeded(self) -> LimitExceeded:
        return LimitExceeded(
            f"The statement ran for {self._limits.seconds:g} seconds and was stopped.\n"
            "Select less, or raise the limit with --timeout SECONDS; 0 is no limit."
        )

    @contextmanager
    def _limited(self) -> Iterator[None]:
        start = time.monotonic()
        self._timed_out, self._deadline = False, start + self._remaining if self._limits.seconds else None
        try:
            with limit_process_memory(self._limits.memory + UNCOUNTED):
                yield
        except duckdb.InterruptException:  # of this class's own check of the time, or of `interrupt`
            if self._timed_out:
                raise self._time_exceeded() from None
            raise KeyboardInterrupt from None
        except (duckdb.OutOfMemoryException, MemoryError):
            raise LimitExceeded(
                f"The statement needs more than its memory limit of {format_size(self._limits.memory)}.\n"
                "Select less, or raise the limit with --memory SIZE, such as 8GB."
            ) from None
        finally:
            self._deadline = None
            self._remaining -= time.monotonic() - start


def _watch(reference: ref[LimitedConnection], closed: threading.Event) -> None:
    """Check the time of a connection until it is closed or garbage-collected."""
    while not closed.wait(POLL):
        if (connection := reference()) is None:
            return
        connection.check_time()
        del connection  # while this thread waits, its reference would prevent the collection


class RowBuffer:
    """Rows that are added in batches; `bytes` estimates the memory that they take."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.bytes = 0
        self._texts: dict[Any, Any] = {}  # texts, and NULL

    def add(self, batch: Sequence[tuple[Any, ...]]) -> None:
        """Append a batch. Names and IDs recur in most rows of a large result, so each is stored once."""
        before = len(self._texts)
        self.rows += zip(*map(self._stored_once, zip(*batch, strict=True)), strict=True)
        sample = batch[:: max(1, len(batch) // SAMPLE)]
        size = sum(getsizeof(row) + sum(_size(value) for value in row if not _is_short(value)) for row in sample)
        self.bytes += size * len(batch) // len(sample) + (len(self._texts) - before) * ENTRY

    def _stored_once(self, column: tuple[Any, ...]) -> Iterable[Any]:
        """Return the values of a column with the first of equal short texts in the place of each."""
        kinds = set(map(type, column)) - {NoneType}
        if str not in kinds:
            return column
        setdefault = self._texts.setdefault
        if kinds == {str} and max(map(len, filter(None, column)), default=0) <= SHORT:
            return map(setdefault, column, column)  # without a step of the interpreter for each of a million values
        return [setdefault(value, value) if _is_short(value) else value for value in column]


def _is_short(value: Any) -> bool:
    return type(value) is str and len(value) <= SHORT


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return getsizeof(value) + sum(map(_size, value.values()))
    return getsizeof(value) + (sum(map(_size, value)) if isinstance(value, list | tuple) else 0)


@contextmanager
def limit_process_memory(additional: int) -> Iterator[None]:
    """Limit the data segment of the process to its present size and `additional` bytes. Only Linux enforces such a limit."""
    current = _data_size()
    if current is None:
        yield
        return
    # RLIMIT_AS would also count the address space that threads and allocators reserve and never use.
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    existing = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (min([current + additional, *existing]), hard))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _data_size() -> int | None:
    """Return the size of the data segment in bytes; None on systems other than Linux."""
    try:
        # Every statement reads this, and a report executes a thousand. pathlib would take five times as long.
        descriptor = os.open(STATM, os.O_RDONLY)
        try:
            return int(os.read(descriptor, 200).split()[5]) * os.sysconf("SC_PAGE_SIZE")
        finally:
            os.close(descriptor)
    except (OSError, ValueError, IndexError, AttributeError):
        return None
