"""Open a lake by its location, for commands that read runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from iamsql.lake.mount import Mount, ReadOptions, mounted
from iamsql.lake.run_selection import Selection
from iamsql.lake.storage import open_storage


@contextmanager
def mounted_lake(location: str, selection: Mapping[str, Any], max_bytes: int | None) -> Iterator[Mount]:
    """Yield the folder with the selected runs of a lake. `selection` has the fields of `Selection`."""
    with mounted(open_storage(location), ReadOptions(Selection(**selection), max_bytes)) as mount:
        yield mount
