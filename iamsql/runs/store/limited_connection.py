"""A DuckDB connection that limits the time, the memory and the rows of each statement.

DuckDB's own memory limit does not count all its allocations, so the memory of the process is limited as well. Each of
DuckDB's threads has its own buffers and hash tables, so a statement that needs too much memory is run again with one thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from weakref import ref

from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.limits import (
    LimitExceeded,
    StatementLimits,
    default_limits,
    exit_on_timeout,
    format_size,
    grace,
    time_limit_error,
)
from iamsql.runs.store.process_memory import UNCOUNTED, limit_process_memory
from iamsql.runs.store.refused_copies import require_copy_targets
from iamsql.runs.store.row_buffer import remaining_rows
from iamsql.runs.store.sandbox import Access, connect
from iamsql.sqltext import literal

MAX_PARSED = 500  # texts whose statements a connection keeps
POLL = 0.1  # seconds between two checks of the time, and between two interrupts


def limited_connection(
    limits: StatementLimits | None, database: Path | None = None, extra_settings: Sequence[str] = (), **options: Any
) -> Any:
    """Open a connection in the process that the limits select. The parameters are as in LimitedConnection."""
    limits = limits or default_limits()
    return (limits.connect or LimitedConnection)(limits, database, extra_settings, **options)


class _MemoryExceeded(LimitExceeded):
    """DuckDB could not allocate memory."""


def memory_limit_error(limit: int) -> LimitExceeded:
    """Return the error for a statement beyond its memory limit."""
    return _MemoryExceeded(
        f"The statement needs more than its memory limit of {format_size(limit)}.\n"
        "Select less, or raise the limit with --memory SIZE or IAMSQL_MEMORY, such as 8GB."
    )


class LimitedConnection:
    """A DuckDB connection that enforces limits. It has the methods of DuckDB's connection that `store` uses.

    A statement beyond its limits raises LimitExceeded; an interrupt by another thread raises KeyboardInterrupt.
    The time between two fetches, when the caller prints rows, does not count.
    """

    def __init__(
        self,
        limits: StatementLimits | None,
        database: Path | None = None,
        extra_settings: Sequence[str] = (),
        *,
        access: Access | None = None,
        is_repeated: bool = True,
        **options: Any,
    ) -> None:
        """Open a connection, with `extra_settings` and the options of `connect`; start the thread that watches the time.

        `is_repeated` is false for statements that cannot be run again with one thread, because they begin a transaction.
        """
        self._access, self._is_repeated = access or Access(), is_repeated
        self._limits = limits or default_limits()
        # DuckDB would put temporary files next to the run file.
        self._spill = TemporaryDirectory(prefix="iamsql-", ignore_cleanup_errors=True)
        settings = (
            f"set temp_directory = {literal(self._spill.name)}",
            f"set memory_limit = '{self._limits.memory}B'",
            f"set max_temp_directory_size = '{4 * self._limits.memory}B'",
            "set allowed_configs = ['threads']",
            *extra_settings,
        )
        try:
            self._connection = connect(database, settings=settings, access=self._access, **options)
        except BaseException:
            self._spill.cleanup()
            raise
        self._statement: tuple[str, Any] | None = None  # the last one, until it has returned rows
        self._has_one_thread = False
        self._parsed: dict[str, list[duckdb.Statement]] = {}
        self._remaining = self._limits.seconds
        self._deadline: float | None = None  # of the call that runs now
        self._timed_out = False
        self._closed = threading.Event()
        if self._limits.seconds:
            threading.Thread(target=_watch_deadlines, args=(ref(self), self._closed), daemon=True).start()

    def execute(self, sql: str, values: Any = None) -> LimitedConnection:
        """Execute a statement with a new time limit."""
        self._remaining = self._limits.seconds
        self._statement = sql, values
        if self._has_one_thread:
            self._connection.execute("reset threads")
            self._has_one_thread = False
        try:
            with self._with_limits():
                if self._access.read and not self._access.unrestricted:
                    require_copy_targets(self._connection, sql, self._access.is_writable)
                self._connection.execute(sql, values)
        except _MemoryExceeded:
            if not self._execute_with_one_thread():
                raise
        return self

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """Return the next rows, at most `size`."""
        try:
            with self._with_limits():
                rows = self._connection.fetchmany(size)
        except _MemoryExceeded:
            if not self._execute_with_one_thread():
                raise
            with self._with_limits():
                rows = self._connection.fetchmany(size)
        self._statement = None
        return rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the remaining rows. Raise LimitExceeded if they need more than a quarter of the memory."""
        return remaining_rows(self.fetchmany, self._limits.memory)

    @property
    def remaining(self) -> float:
        """Return the seconds that the statement has for more rows."""
        return self._remaining

    @property
    def description(self) -> Any:
        """Return the columns of the result, as DuckDB's `description`."""
        return self._connection.description

    def extract_statements(self, sql: str) -> list[duckdb.Statement]:
        """Split SQL into statements. DuckDB parses the SQL only the first time, because `check` first asks what a control reads."""
        if sql not in self._parsed:
            with exit_on_timeout(self._limits.seconds if self._limits.on_hang else 0):
                statements = self._connection.extract_statements(sql)
            if len(self._parsed) >= MAX_PARSED:
                self._parsed.clear()
            self._parsed[sql] = statements
        return list(self._parsed[sql])

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
        """Interrupt a call that is past its deadline; call `on_hang` if the call does not end within the grace period."""
        deadline, now = self._deadline, time.monotonic()
        if deadline is None or now < deadline:
            return
        self._timed_out = True
        with suppress(duckdb.Error):
            self._connection.interrupt()
        if self._limits.on_hang and now > deadline + grace(self._limits.seconds):
            self._spill.cleanup()  # on_hang may end the process
            self._limits.on_hang(str(time_limit_error(self._limits.seconds)))

    def _execute_with_one_thread(self) -> bool:
        """Execute the last statement again with one thread; return False if it has returned rows, or had one thread."""
        if self._statement is None or self._has_one_thread or not self._is_repeated:
            return False
        self._has_one_thread = True
        self._connection.execute("set threads = 1")
        with (
            self._with_limits()
        ):  # by the memory that the process has now: the first attempt may have left some of it unused
            self._connection.execute(*self._statement)
        return True

    @contextmanager
    def _with_limits(self) -> Iterator[None]:
        start = time.monotonic()
        self._timed_out, self._deadline = False, start + self._remaining if self._limits.seconds else None
        try:
            with limit_process_memory(self._limits.memory + UNCOUNTED):
                yield
        except duckdb.InterruptException:  # of this class's own check of the time, or of `interrupt`
            if self._timed_out:
                raise time_limit_error(self._limits.seconds) from None
            raise KeyboardInterrupt from None
        except (duckdb.OutOfMemoryException, MemoryError):
            raise memory_limit_error(self._limits.memory) from None
        finally:
            self._deadline = None
            self._remaining -= time.monotonic() - start


def _watch_deadlines(reference: ref[LimitedConnection], closed: threading.Event) -> None:
    """Check the time of a connection until it is closed or garbage-collected."""
    while not closed.wait(POLL):
        if (connection := reference()) is None:
            return
        connection.check_time()
        del connection  # while this thread waits, its reference would prevent the collection
