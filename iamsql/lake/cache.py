"""Local copies of files in S3, for DuckDB. A file of a lake never changes, so that its SHA-256 is its name here.

The folder belongs to the user. Processes share it: a file is complete when it has its name, and a recently used one stays.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from iamsql.lake.files import difference
from iamsql.lake.model import LakeFile
from iamsql.model import IamsqlError
from iamsql.store.folders import NEW, is_open_to_all, make_private

RECENT = 3600.0  # seconds for which a file stays after its last use, because a query may read it
LARGEST = 20 * 2**30  # bytes of all files
SUFFIX = ".parquet"


@dataclass(frozen=True)
class Cache:
    """A folder of files by SHA-256, of at most `largest` bytes beside those that were used recently."""

    folder: Path
    largest: int = LARGEST

    def find(self, file: LakeFile) -> Path | None:
        """Return the local copy of a file, and note its use; None if there is none."""
        path = self._path(file)
        with suppress(OSError):
            if path.lstat().st_size == file.size:
                path.touch()
                return path
        return None

    def store(self, file: LakeFile, download: Callable[[BinaryIO], object]) -> str:
        """Write what `download` writes. Return how the content differs from the manifest: '' if it was stored."""
        self._prepare()
        path = self._path(file)
        temporary = path.with_name(f"{path.name}.{token_hex(4)}.tmp")
        try:
            with os.fdopen(os.open(temporary, NEW, 0o600), "wb") as stream:
                download(stream)
            if reason := difference(temporary, file):
                return reason
            temporary.replace(path)
            return ""
        except OSError as error:
            raise IamsqlError(
                f"The cache {self.folder} cannot be written: {error.strerror or error}.\n"
                "Free disk space, or set XDG_CACHE_HOME to a folder on another disk."
            ) from error
        finally:
            temporary.unlink(missing_ok=True)

    def evict(self, used: Collection[Path]) -> None:
        """Delete the least recently used files beyond the limit, but none of `used` and none that was used recently."""
        before = time.time() - RECENT
        found = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            with suppress(FileNotFoundError):  # another process evicts as well
                found.append((path.lstat().st_mtime, path.lstat().st_size, path))
        excess = sum(size for _, size, _ in found) - self.largest
        for modified, size, path in sorted(found):
            if excess <= 0 or modified > before:
                return
            if path not in used:
                path.unlink(missing_ok=True)
                excess -= size

    def _path(self, file: LakeFile) -> Path:
        return self.folder / f"{file.sha256}{SUFFIX}"

    def _prepare(self) -> None:
        """Create the folder. Raise IamsqlError if others can write it."""
        make_private(self.folder)
        if is_open_to_all(self.folder):
            raise IamsqlError(
                f"Everybody can write the cache {self.folder}: no file is stored there.\n"
                "Delete the folder, or set XDG_CACHE_HOME to another one."
            )
