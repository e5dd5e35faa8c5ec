"""Open a lake by its location, for commands that read runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from iamsql.lake.mount import LakeRunView, Mount, ReadOptions, mount_lake
from iamsql.lake.open_storage import open_storage
from iamsql.lake.run_selection import Selection
from iamsql.runs.store.source import RemoteEngine


@contextmanager
def mounted_lake(
    location: str,
    selection: Mapping[str, Any],
    max_bytes: int | None,
    connect: Callable[[LakeRunView], RemoteEngine] | None = None,
    *,
    is_remote: bool = False,
) -> Iterator[Mount]:
    """Yield the folder with the selected runs of a lake. `selection` has the fields of `Selection`; see `ReadOptions`."""
    options = ReadOptions(Selection(**selection), max_bytes, connect, is_remote)
    with mount_lake(open_storage(location), options) as mount:
        yield mount
