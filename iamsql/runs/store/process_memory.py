"""Limit the memory of this process while statements run. Only Linux enforces such a limit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

with suppress(ImportError):  # on Windows, where _data_size returns None
    import resource

UNCOUNTED = 2**30  # bytes that the process may allocate in addition to the memory that DuckDB counts
STATM = "/proc/self/statm"  # sizes of the process in pages: proc(5)
_LOCK = Lock()
_LIMITS: list[int] = []  # of the blocks that run now
_BEFORE: list[tuple[int, int]] = []  # the limits of the process before the first of them


@contextmanager
def limit_process_memory(additional: int) -> Iterator[None]:
    """Limit the data segment of the process to its present size and `additional` bytes.

    While several threads are in such a block, the lowest limit applies.
    """
    current = _data_size()
    if current is None:
        yield
        return
    limit = current + additional
    with _LOCK:
        if not _LIMITS:
            # RLIMIT_AS would also count the address space that threads and allocators reserve and never use.
            _BEFORE[:] = [resource.getrlimit(resource.RLIMIT_DATA)]
        _LIMITS.append(limit)
        _apply_limit()
    try:
        yield
    finally:
        with _LOCK:
            _LIMITS.remove(limit)
            _apply_limit()


def _apply_limit() -> None:
    """Set the limit of the process."""
    ((soft, hard),) = _BEFORE
    existing = [value for value in (soft, hard) if value != resource.RLIM_INFINITY]
    limit = min([*_LIMITS, *existing]) if _LIMITS else soft
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


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
