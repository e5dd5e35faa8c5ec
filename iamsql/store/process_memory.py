"""Limit the memory of the process while a statement runs: DuckDB's own limit does not count all its allocations."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

with suppress(ImportError):  # on Windows, where _data_size returns None
    import resource


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
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return None
