"""The storage of a lake: a folder or a prefix of an S3 bucket, with the same operations.

Files are immutable. `create` is the only operation whose outcome depends on other writers, so it can decide between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from iamsql.lake.files import StoredFile
from iamsql.lake.model import LakeFile


@dataclass(frozen=True)
class StorageOptions:
    """How to reach S3: profile and region (default: from the environment), and the KMS key that encrypts new files."""

    profile: str | None = None
    region: str | None = None
    kms_key: str = ""


class Storage(Protocol):
    """The operations on the files of a lake. Paths are relative to the lake and checked. All raise IamsqlError.

    `name` is the location for messages.
    """

    name: str

    def read(self, path: str, largest: int) -> bytes:
        """Return the content of a file. Raise MissingFileError, and ChangedFileError if it has more than `largest` bytes."""

    def create(self, path: str, content: bytes) -> bool:
        """Write a file that readers see completely or not at all. Return False if the path exists.

        False can also mean that an earlier attempt of the same request succeeded and its response was lost: compare the content.
        """

    def upload(self, source: Path, path: str) -> None:
        """Copy a local file to the lake, to a path that no other writer uses."""

    def upload_all(self, files: Sequence[tuple[Path, str]]) -> None:
        """Copy several local files to the lake, each to its path; in parallel if that is faster."""

    def listing(self, prefix: str = "") -> Iterator[StoredFile]:
        """Yield the files whose paths begin with a prefix, also files that do not belong to the lake."""

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files. A missing file is not an error."""

    def local(self, file: LakeFile) -> Path:
        """Return a local path with the content of a file; download it if necessary. Raise ChangedFileError if it differs."""

    def local_all(self, files: Sequence[LakeFile]) -> list[Path]:
        """Return the local paths of several files, which are downloaded in parallel."""

    def check(self, file: LakeFile) -> str:
        """Read a file and return how it differs from the manifest: '' if it does not. Raise MissingFileError."""

    def uri(self, path: str) -> str:
        """Return where an engine finds a file: an absolute path, or s3://BUCKET/KEY."""
