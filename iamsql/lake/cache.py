"""Local copies of files in S3, for DuckDB. A file of a lake never changes, so its SHA-256 is its name here.

The folder belongs to the user. Processes share it: a file is complete when it has its name, and a recently used one stays.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from iamsql.lake.files import BoundedStream, FileTooLargeError, Stream, difference
from iamsql.lake.model import LakeFile
from iamsql.model import IamsqlError
from iamsql.render.files import make_private
from iamsql.runs.private_files import NEW_FILE_FLAGS, is_open_to_all

RECENT_SECONDS = 3600.0  # seconds that a file stays after its last use, because a query may read it
MAX_CACHE_BYTES = 20 * 2**30  # bytes of all files
PARQUET_SUFFIX = ".parquet"


@dataclass(frozen=True)
class Cache:
    """A folder of files by SHA-256, of at most `largest` bytes, not counting recently used files."""

    folder: Path
    largest: int = MAX_CACHE_BYTES
    _verified_paths: set[Path] = field(default_factory=set, compare=False)

    def find(self, file: LakeFile) -> Path | None:
        """Return the local copy of a file, and note its use; None if there is none, or if its content was changed.

        The content is compared with the SHA-256 when this object first returns the copy.
        """
        path = self._path_of(file)
        with suppress(OSError):
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode) or status.st_size != file.size:
                return None
            if path not in self._verified_paths:
                if difference(path, file):
                    return None
                self._verified_paths.add(path)
            path.touch()
            return path
        return None

    def store(self, file: LakeFile, download: Callable[[Stream], object]) -> str:
        """Write what `download` writes, up to the size in the manifest.

        Return how the content differs from the manifest: '' if it was stored.
        """
        self._create_folder()
        path = self._path_of(file)
        temporary_path = path.with_name(f"{path.name}.{token_hex(4)}.tmp")
        try:
            with os.fdopen(os.open(temporary_path, NEW_FILE_FLAGS, 0o600), "wb") as stream:
                download(BoundedStream(stream, file.size))
            if reason := difference(temporary_path, file):
                return reason
            temporary_path.replace(path)
            self._verified_paths.add(path)
            return ""
        except FileTooLargeError as error:
            return str(error)
        except OSError as error:
            raise IamsqlError(
                f"The cache {self.folder} cannot be written: {error.strerror or error}.\n"
                "Free disk space, or set XDG_CACHE_HOME to a folder on another disk."
            ) from error
        finally:
            temporary_path.unlink(missing_ok=True)

    def evict(self, used_paths: Collection[Path]) -> None:
        """Delete the least recently used files beyond the limit, but none of `used` and none that was used recently."""
        recent_since = time.time() - RECENT_SECONDS
        files = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            with suppress(FileNotFoundError):  # another process evicts as well
                files.append((path.lstat().st_mtime, path.lstat().st_size, path))
        excess = sum(size for _, size, _ in files) - self.largest
        for modified, size, path in sorted(files):
            if excess <= 0 or modified > recent_since:
                return
            if path not in used_paths:
                path.unlink(missing_ok=True)
                excess -= size

    def _path_of(self, file: LakeFile) -> Path:
        return self.folder / f"{file.sha256}{PARQUET_SUFFIX}"

    def _create_folder(self) -> None:
        """Create the folder. Raise IamsqlError if others can write it."""
        make_private(self.folder)
        if is_open_to_all(self.folder):
            raise IamsqlError(
                f"Everyone can write the cache {self.folder}: no file is stored there.\n"
                "Delete the folder, or set XDG_CACHE_HOME to another one."
            )
