"""A storage that stops before or after one of its writes, as a process that is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from iamsql.lake.storage import Storage


class Killed(BaseException):
    """The process ends here."""


class InterruptedStorage:
    """Stops before the write number `step`, or after it with `after`. Everything else is as in `storage`."""

    def __init__(self, storage: Storage, step: int, *, after: bool) -> None:
        self._storage, self._remaining, self._after = storage, step, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def create(self, path: str, content: bytes) -> bool:
        """Create a file."""
        return bool(self._write(lambda: self._storage.create(path, content)))

    def upload(self, source: Path, path: str) -> None:
        """Upload a file."""
        self._write(lambda: self._storage.upload(source, path))

    def upload_all(self, files: Sequence[tuple[Path, str]]) -> None:
        """Upload several files with one write."""
        self._write(lambda: self._storage.upload_all(files))

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files, each with a separate write."""
        for path in paths:
            self._write(lambda path=path: self._storage.delete([path]))

    def _write(self, write: Callable[[], Any]) -> Any:
        self._remaining -= 1
        if self._remaining == -1 and not self._after:
            raise Killed
        result = write()
        if self._remaining == -1 and self._after:
            raise Killed
        return result


def at_each_write(act: Callable[[Any, int], object], storages: Callable[[], Storage]) -> int:
    """Call `act` with a new storage that stops before its first write, after it, before its second … until it ends.

    `act` gets the storage and the number of the attempt. Return the number of writes.
    """
    for step in count():
        for after in (False, True):
            stopping = InterruptedStorage(storages(), step, after=after)
            try:
                act(stopping, step)
            except Killed:
                continue
            return step
    pytest.fail("unreachable")
