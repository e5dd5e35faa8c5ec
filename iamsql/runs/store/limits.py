"""The limits of a statement, so an expensive statement ends with an error message."""

from __future__ import annotations

import faulthandler
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from threading import RLock
from typing import Any

from iamsql.model import IamsqlError

GRACE = 10.0  # maximum seconds between the interrupt and the end of a statement
SECONDS = 300.0  # default time limit of a statement
MEMORY = 2 * 10**9  # default memory limit in bytes; 80 % of the machine's memory if that is less
MIN_MEMORY = 64 * 10**6  # bytes; with less, DuckDB cannot open a large run file
MAX_CONCURRENT_BYTES = 100_000_000  # of run files that two threads evaluate at the same time
_TIMEOUT_LOCK = RLock()
UNITS = {"": 1, "b": 1} | {f"{letter}b": 1000**power for power, letter in enumerate("kmgt", 1)}
UNITS |= {f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", 1)}


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
    """Limits of one statement: `seconds` (0 means no limit) and `memory` in bytes.

    The rows of a result may take a quarter of the memory. Data that does not fit into memory is written to temporary files, up
    to four times the memory. If DuckDB does not react to an interrupt, `on_hang` is called with a message. `connect` opens
    connections in another process, which is ended if DuckDB does not react; None opens them in this process.
    """

    seconds: float = SECONDS
    memory: int = field(default_factory=default_memory)
    on_hang: Callable[[str], Any] | None = None
    connect: Callable[..., Any] | None = None


@contextmanager
def exit_on_timeout(seconds: float) -> Iterator[None]:
    """End the process if the block takes longer than `seconds` plus a grace period; 0 means no limit.

    DuckDB holds the GIL while it parses SQL, so no other Python thread can run. The time to parse some nested SQL is exponential.
    """
    if not seconds:
        yield
        return
    with _TIMEOUT_LOCK:  # the process has one such timer
        faulthandler.dump_traceback_later(seconds + grace(seconds), exit=True, file=sys.__stderr__ or sys.stderr)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


DEFAULT: ContextVar[StatementLimits | None] = ContextVar("limits", default=None)


def default_limits() -> StatementLimits:
    """Return the limits of a connection that is opened without limits."""
    return DEFAULT.get() or StatementLimits()


def grace(seconds: float) -> float:
    """Return the seconds in which an interrupted statement must end: half of its limit, at most GRACE."""
    return min(GRACE, seconds / 2)


def time_limit_error(seconds: float) -> LimitExceeded:
    """Return the error for a statement beyond its time limit."""
    return LimitExceeded(
        f"The statement ran for {seconds:g} seconds and was stopped.\n"
        "Select less, call can_all or who_can_all once instead of can or who_can several times, "
        "or raise the limit with --timeout SECONDS or IAMSQL_TIMEOUT; 0 means no limit."
    )


def limited_to(seconds: float) -> StatementLimits:
    """Return the limits of `with_limits` with another time limit, for iamsql's own statements; nothing ends the process."""
    return replace(default_limits(), seconds=seconds, on_hang=None)


@contextmanager
def with_limits(limits: StatementLimits | None) -> Iterator[None]:
    """Use `limits` for connections that are opened in the block without limits; None changes nothing."""
    token = DEFAULT.set(limits or DEFAULT.get())
    try:
        yield
    finally:
        DEFAULT.reset(token)


def parse_size(text: str) -> int | None:
    """Return a size such as 512MB, 2GB or 1.5GiB in bytes; None for other text."""
    match = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)\s*", text.lower(), re.ASCII)
    return int(float(match[1]) * UNITS[match[2]]) if match and match[2] in UNITS else None


def parse_memory_size(text: str) -> int:
    """Return a memory limit in bytes. Raise IamsqlError for text that is not a size, and for less than 64 MB."""
    size = parse_size(text)
    if size is None:
        raise IamsqlError(f"{text!r} is not a memory size, such as 512MB, 2GB or 8GiB.")
    if not MIN_MEMORY <= size <= 10**15:
        raise IamsqlError(f"The memory limit cannot be {text}: the minimum is {format_size(MIN_MEMORY)}.")
    return size


def format_size(size: int) -> str:
    """Return a size in bytes as GB, MB or KB."""
    for factor, unit in ((10**9, "GB"), (10**6, "MB")):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size / 1000:.3g} KB"
