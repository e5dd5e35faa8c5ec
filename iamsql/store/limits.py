"""Limit the time and the memory of each statement, so that an expensive statement ends with an error message."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any
from weakref import ref

import duckdb

from iamsql.model import IamsqlError
from iamsql.sqltext import literal
from iamsql.store.connection import connect
from iamsql.store.process_memory import limit_process_memory
from iamsql.store.row_buffer import RowBuffer

SECONDS = 300.0  # default time limit of a statement
MEMORY = 2 * 10**9  # default memory limit in bytes; 80 % of the machine's memory if that is less
MIN_MEMORY = 64 * 10**6  # bytes; with less, DuckDB cannot open a large run file
UNITS = {"": 1, "b": 1} | {f"{letter}b": 1000**power for power, letter in enumerate("kmgt", 1)}
UNITS |= {f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", 1)}
UNCOUNTED = 2**30  # bytes that the process may allocate in addition to the memory that DuckDB counts
GRACE = 10.0  # seconds that an interrupted statement has to end
POLL = 0.1  # seconds between two checks of the time, and between two interrupts
BATCH = 2048  # rows per fetch: the size of DuckDB's vectors


class LimitExceeded(IamsqlError):
    """A statement exceeded its time or memory limit."""


@cache
def default_memory() -> int:
    """Return the default memory limit in bytes."""
    try:
        installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return MEMORY
    return min(MEMORY, installed * 4 // 5) if installed > 0 else MEMORY


@dataclass(frozen=True)
class StatementLimits:
    """Limits of one statement: `seconds` (0 is no limit) and `memory` in bytes.

    The rows of a result may take a quarter of the memory. What does not fit into memory is written to temporary files,
    up to four times the memory. `on_stuck` is called with a message if DuckDB does not react to an interrupt.
    """

    seconds: float = SECONDS
    memory: int = field(default_factory=default_memory)
    on_stuck: Callable[[str], Any] | None = None

    def time_exceeded(self) -> LimitExceeded:
        """Return the error for a statement that ran too long."""
        return LimitExceeded(
            f"The statement ran for {self.seconds:g} seconds and was stopped.\n"
            "Select less, or raise the limit with --timeout SECONDS; 0 is no limit."
        )


_default: ContextVar[StatementLimits | None] = ContextVar("limits", default=None)


@contextmanager
def with_limits(limits: StatementLimits) -> Iterator[None]:
    """Use `limits` for connections that are opened in the block without limits."""
    token = _default.set(limits)
    try:
        yield
    finally:
        _default.reset(token)


def parse_memory_size(text: str) -> int:
    """Return a size such as 512MB, 2GB or 1.5GiB in bytes. Raise IamsqlError for other text and for less than 64 MB."""
    found = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)\s*", text.lower(), re.ASCII)
    if not found or found[2] not in UNITS:
        raise IamsqlError(f"{text!r} is not a memory size, such as 512MB, 2GB or 8GiB.")
    size = int(float(found[1]) * UNITS[found[2]])
    if not MIN_MEMORY <= size <= 10**15:
        raise IamsqlError(f"The memory limit cannot be {text}: the minimum is {_format_size(MIN_MEMORY)}.")
    return size


def _format_size(size: int) -> str:
    return f"{size / 10**9:.3g} GB" if size >= 10**9 else f"{size / 10**6:.3g} MB"


class LimitedConnection:
    """A DuckDB connection that enforces limits. It has those methods of DuckDB's connection that `store` uses.

    A statement beyond its limits raises LimitExceeded; an interrupt by another thread raises KeyboardInterrupt.
    The time between two fetches, in which the caller prints rows, does not count.
    """

    def __init__(self, limits: StatementLimits | None, *args: Any, **options: Any) -> None:
        """Open a connection with the arguments of `connect`, and start the thread that watches the time."""
        self._limits = limits or _default.get() or StatementLimits()
        # DuckDB would put temporary files beside the run file.
        self._spill = TemporaryDirectory(prefix="iamsql-", ignore_cleanup_errors=True)
        settings = (
            f"set temp_directory = {literal(self._spill.name)}",
            f"set memory_limit = '{self._limits.memory}B'",
            f"set max_temp_directory_size = '{4 * self._limits.memory}B'",
        )
        try:
            self._connection = connect(*args, settings=settings, **options)
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
                    f"The rows of the result need more than {_format_size(self._limits.memory // 4)}, "
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
            self._limits.on_stuck(str(self._limits.time_exceeded()))

    @contextmanager
    def _limited(self) -> Iterator[None]:
        start = time.monotonic()
        self._timed_out, self._deadline = False, start + self._remaining if self._limits.seconds else None
        try:
            with limit_process_memory(self._limits.memory + UNCOUNTED):
                yield
        except duckdb.InterruptException:  # of this class's own check of the time, or of `interrupt`
            if self._timed_out:
                raise self._limits.time_exceeded() from None
            raise KeyboardInterrupt from None
        except (duckdb.OutOfMemoryException, MemoryError):
            raise LimitExceeded(
                f"The statement needs more than its memory limit of {_format_size(self._limits.memory)}.\n"
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
