"""How long a statement may run and how much memory it may take: what goes beyond ends with a sentence, not with the machine."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any
from weakref import ref

import duckdb

from iamsql.model import IamsqlError
from iamsql.store.process_memory import capped
from iamsql.store.row_buffer import Rows

SECONDS = 300.0  # that a statement may run
MEMORY = 2 * 10**9  # bytes; 80 % of the machine's memory where that is less
LEAST = 64 * 10**6  # bytes without which DuckDB opens no file of some size
UNITS = {"": 1, "b": 1} | {f"{letter}b": 1000**place for place, letter in enumerate("kmgt", 1)}
UNITS |= {f"{letter}ib": 1024**place for place, letter in enumerate("kmgt", 1)}
BEYOND = 2**30  # bytes that the process may take besides what DuckDB counts
GRACE = 10.0  # seconds that an interrupted statement has to end
AGAIN = 0.1  # seconds between two looks at the time, and between two interrupts
BATCH = 2048  # rows fetched at a time: DuckDB's own measure


class TooMuch(IamsqlError):
    """A statement went beyond its bounds."""


@dataclass(frozen=True)
class Bounds:
    """The seconds of a statement (0 is no limit), its bytes of memory, and what is called when it cannot be stopped.

    Of the memory a quarter may be rows of the answer. What does not fit goes to disk, up to four times the memory.
    """

    seconds: float = SECONDS
    memory: int = 0
    give_up: Callable[[str], Any] | None = None

    @property
    def bytes(self) -> int:
        """Give the bytes of memory."""
        return self.memory or usual_memory()

    @property
    def size(self) -> str:
        """Spell the memory for people and for DuckDB."""
        return _spelled(self.bytes)

    @property
    def settings(self) -> list[str]:
        """Give DuckDB's settings."""
        return [f"set memory_limit = '{self.bytes}B'", f"set max_temp_directory_size = '{4 * self.bytes}B'"]

    def removing(self, spill: TemporaryDirectory[str]) -> Bounds:
        """Return bounds that delete a folder of temporary files before they end the process."""
        give_up = self.give_up
        if give_up is None:
            return self

        def leave(message: str) -> None:
            spill.cleanup()
            give_up(message)

        return replace(self, give_up=leave)

    def too_long(self) -> TooMuch:
        """Say that a statement ran too long."""
        return TooMuch(
            f"The statement ran for {self.seconds:g} seconds and was stopped.\n"
            "Ask for less, or give it longer with --timeout SECONDS; 0 is no limit."
        )

    def too_large(self) -> TooMuch:
        """Say that a statement needs more memory."""
        return TooMuch(
            f"The statement needs more than the {self.size} of memory that it may take.\n"
            "Ask for less, or give it more with --memory SIZE, such as 8GB."
        )

    def too_many(self) -> TooMuch:
        """Say that an answer has too many rows to be held."""
        return TooMuch(
            f"The answer's rows are more than {_spelled(self.bytes // 4)}, a quarter of the memory that may be taken.\n"
            "Ask for less, have it written with COPY (…) TO 'rows.parquet', or give it more with --memory SIZE."
        )


_usual: ContextVar[Bounds | None] = ContextVar("bounds", default=None)


def usual_bounds() -> Bounds:
    """Return the bounds of a connection that is given none."""
    return _usual.get() or Bounds()


@contextmanager
def bounded_by(bounds: Bounds) -> Iterator[None]:
    """Have the connections that are opened meanwhile, and are given no bounds, stay within these."""
    token = _usual.set(bounds)
    try:
        yield
    finally:
        _usual.reset(token)


def read_memory(text: str) -> int:
    """Read a size such as 512MB, 2GB or 1.5GiB as bytes."""
    found = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)\s*", text.lower(), re.ASCII)
    if not found or found[2] not in UNITS:
        raise IamsqlError(f"{text!r} is no size of memory: write it as 512MB, 2GB or 8GiB.")
    size = int(float(found[1]) * UNITS[found[2]])
    if not LEAST <= size <= 10**15:
        raise IamsqlError(f"{text} of memory will not do: give it {_spelled(LEAST)} or more.")
    return size


@cache
def usual_memory() -> int:
    """Give the bytes that a statement may take where nobody said."""
    try:
        held = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return MEMORY
    return min(MEMORY, held * 4 // 5) if held > 0 else MEMORY


def _spelled(size: int) -> str:
    return f"{size / 10**9:.3g} GB" if size >= 10**9 else f"{size / 10**6:.3g} MB"


class Bounded:
    """A connection whose statements stay within bounds; it has the methods of DuckDB's that the store uses.

    What goes beyond is a TooMuch; an interrupt that came from elsewhere is a KeyboardInterrupt. The time that passes
    between two fetches is not counted.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, bounds: Bounds) -> None:
        """Keep both, and look after the time from now on."""
        self._connection, self._bounds = connection, bounds
        self._left = bounds.seconds
        self._until: float | None = None  # when what runs now has to be over
        self._late = False
        self._closed = threading.Event()
        if bounds.seconds:
            threading.Thread(target=_watch, args=(ref(self), self._closed), daemon=True).start()

    def execute(self, sql: str, values: Any = None) -> Bounded:
        """Start a statement, and its clock."""
        self._left = self._bounds.seconds
        with self._within():
            self._connection.execute(sql, values)
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        """Give the next row."""
        with self._within():
            return self._connection.fetchone()

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """Give the next rows."""
        with self._within():
            return self._connection.fetchmany(size)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Give the rows that are left, if they can be held."""
        rows = Rows()
        while batch := self.fetchmany(BATCH):
            rows.add(batch)
            if rows.bytes > self._bounds.bytes // 4:
                raise self._bounds.too_many()
        return rows.listed

    @property
    def description(self) -> Any:
        """Describe the columns of the rows."""
        return self._connection.description

    def extract_statements(self, sql: str) -> list[duckdb.Statement]:
        """Part a text into statements."""
        return self._connection.extract_statements(sql)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Open another connection to the same database, which is not bounded."""
        return self._connection.cursor()

    def interrupt(self) -> None:
        """Stop the statement that another thread runs."""
        self._connection.interrupt()

    def close(self) -> None:
        """Let go of the file."""
        self._closed.set()
        self._connection.close()

    def look(self) -> None:
        """Interrupt what runs too long; where it does not hear, give up."""
        until, now = self._until, time.monotonic()
        if until is None or now < until:
            return
        self._late = True
        with suppress(duckdb.Error):
            self._connection.interrupt()
        if self._bounds.give_up and now > until + GRACE:
            self._bounds.give_up(str(self._bounds.too_long()))

    @contextmanager
    def _within(self) -> Iterator[None]:
        since = time.monotonic()
        self._late, self._until = False, since + self._left if self._bounds.seconds else None
        try:
            with capped(self._bounds.bytes + BEYOND):
                yield
        except duckdb.InterruptException:
            if self._late:
                raise self._bounds.too_long() from None
            raise KeyboardInterrupt from None
        except (duckdb.OutOfMemoryException, MemoryError):
            raise self._bounds.too_large() from None
        finally:
            self._until = None
            self._left -= time.monotonic() - since


def _watch(bounded: ref[Bounded], closed: threading.Event) -> None:
    """Look after a connection until it is closed or forgotten."""
    while not closed.wait(AGAIN):
        if (one := bounded()) is None:
            return
        one.look()
        del one
