"""Values that are computed from a file once in a process, because a run file does not change.

A process needs them for each answer, and they do not depend on its sandbox: the metadata and functions of the file,
the tables that SQL reads, and the coverage of these tables. Reading them takes longer than most queries.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

Value = TypeVar("Value")
Version = tuple[int, ...]

FILES = 8  # with stored values
VALUES = 500  # of a file; a server gets any number of different statements

_CACHES: OrderedDict[Version, FileCache] = OrderedDict()
_LOCK = Lock()


@dataclass
class FileCache:
    """Values by key. A value must not depend on anything but the file and the key, and is not changed by its users."""

    values: dict[Hashable, Any] = field(default_factory=dict)

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Return the value of a key, which `compute` returns the first time. Nothing is kept if it raises an error."""
        with suppress(KeyError):  # another thread may clear the values
            stored: Value = self.values[key]
            return stored
        value = compute()
        if len(self.values) >= VALUES:
            self.values.clear()
        self.values[key] = value
        return value


def file_version(path: Path) -> Version | None:
    """Return what differs between two versions of a file, even if they have the same size and time of modification.

    Return None for a file that does not exist: another process may have deleted it.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def find_cache(path: Path, version: Version | None) -> FileCache:
    """Return the cache of an open file that had a version before it was opened.

    It is empty, and not kept, if the file changed or was deleted since, or if DuckDB has not yet written a log of changes into it.
    """
    if version is None or file_version(path) != version or path.with_name(f"{path.name}.wal").exists():
        return FileCache()
    with _LOCK:
        cache = _CACHES.setdefault(version, FileCache())
        _CACHES.move_to_end(version)
        while len(_CACHES) > FILES:
            _CACHES.popitem(last=False)
    return cache
