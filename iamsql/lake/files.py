"""A file as a storage lists it, the comparison of its content with the manifest, and the errors of both."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from iamsql.lake.model import LakeFile
from iamsql.model import IamsqlError
from iamsql.runs.store.open_new import sha256_of

CHANGED_FILE_HINT = "Find out who changed it, and restore it from a backup, or remove its run with: iamsql lake prune"


class Stream(Protocol):
    """What a download writes to. Another attempt goes to the start and truncates."""

    def write(self, content: bytes, /) -> object:
        """Append bytes."""

    def seek(self, offset: int, /) -> object:
        """Go to an offset."""

    def truncate(self) -> object:
        """Remove what follows the current offset."""


@dataclass(frozen=True)
class StoredFile:
    """A file of a storage: its path in the lake, its size in bytes and the time of its last change."""

    path: str
    size: int
    modified: datetime


class FileTooLargeError(Exception):
    """A file has more bytes than its reader accepts."""


class BoundedStream:
    """Passes at most `largest` bytes of a download to a stream; FileTooLargeError ends a download that has more."""

    def __init__(self, stream: Stream, largest: int) -> None:
        """Start with no bytes."""
        self._stream, self._max_bytes, self._size = stream, largest, 0

    def write(self, content: bytes, /) -> None:
        """Append bytes."""
        self._size += len(content)
        if self._size > self._max_bytes:
            raise FileTooLargeError(f"it has more than {self._max_bytes} bytes")
        self._stream.write(content)

    def seek(self, offset: int, /) -> None:
        """Begin again: a download only goes to the offset 0."""
        self._size = offset
        self._stream.seek(offset)

    def truncate(self) -> None:
        """Remove what follows the current offset."""
        self._stream.truncate()


class MissingFileError(IamsqlError):
    """A file that the storage does not have."""

    def __init__(self, name: str, path: str) -> None:
        """Name the lake and the file."""
        super().__init__(f"The lake {name} has no file {path}.\nCompare the lake with its manifest: iamsql lake verify")


class ChangedFileError(IamsqlError):
    """A file whose content is not the one that the manifest lists."""

    def __init__(self, name: str, path: str, reason: str) -> None:
        """Name the lake, the file and the difference."""
        self.reason = reason
        super().__init__(f"{path} of the lake {name} was changed: {reason}.\n{CHANGED_FILE_HINT}")


def lake_file(content: Path | bytes, path: str, rows: int = 0) -> LakeFile:
    """Return the entry of the manifest for a local file, or for bytes, that the lake gets under a path."""
    return LakeFile(path, *_size_and_digest(content), rows)


def difference(content: Path | bytes, file: LakeFile) -> str:
    """Return how a local file, or bytes, differ from what the manifest lists for a file; '' if they do not."""
    return size_or_digest_difference(*_size_and_digest(content), file)


def size_or_digest_difference(size: int, digest: str, file: LakeFile) -> str:
    """Return how a size and a SHA-256 differ from what the manifest lists for a file; '' if they do not."""
    if size != file.size:
        return f"it has {size} bytes instead of {file.size}"
    return "" if digest == file.sha256 else "its SHA-256 differs"


def _size_and_digest(content: Path | bytes) -> tuple[int, str]:
    """Return the size in bytes and the SHA-256."""
    if isinstance(content, Path):
        return content.stat().st_size, sha256_of(content)
    return len(content), hashlib.sha256(content).hexdigest()
