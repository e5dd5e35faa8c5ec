"""A lake in a folder. A file appears under its name when it is complete and on the disk, and never replaces another one."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from iamsql.lake.files import ChangedFileError, MissingFileError, StoredFile, difference
from iamsql.lake.model import LakeFile
from iamsql.lake.paths import checked_path, final_path
from iamsql.model import IamsqlError
from iamsql.render.files import make_private
from iamsql.runs.directory import expand_user, read_regular
from iamsql.runs.private_files import NEW_FILE_FLAGS, is_open_to_all

MAX_CREATE_ATTEMPTS = 5  # to create a file in a folder that a deletion removes at the same time, because it is empty


class FolderStorage:
    """The storage of a folder: see `Storage`."""

    def __init__(self, root: Path) -> None:
        """Use a folder, which need not exist."""
        self.name = str(root)
        self._root = Path(os.path.realpath(root))

    def read(self, path: str, largest: int) -> bytes:
        """Return the content of a file. Raise MissingFileError, and ChangedFileError if it has more than `largest` bytes."""
        with self._translate_errors(path):
            try:
                return read_regular(self._resolve_path(path), largest)
            except ValueError:
                reason = f"it is not a regular file, or has more than {largest} bytes"
                raise ChangedFileError(self.name, path, reason) from None

    def create(self, path: str, content: bytes) -> bool:
        """Write a file that readers see completely or not at all. Return False if the path exists."""
        with self._translate_errors(path), suppress(FileExistsError):
            self._write_and_link(path, lambda stream: stream.write(content))
            return True
        return False

    def upload(self, source: Path, path: str) -> None:
        """Copy a local file to the lake, to a path that no other writer uses."""
        with source.open("rb") as source_stream, self._translate_errors(path):
            self._write_and_link(path, lambda stream: shutil.copyfileobj(source_stream, stream, 1 << 20))

    def upload_all(self, files: Sequence[tuple[Path, str]]) -> None:
        """Copy several local files to the lake."""
        for source, path in files:
            self.upload(source, path)

    def listing(self, prefix: str = "") -> Iterator[StoredFile]:
        """Yield the files whose paths begin with a prefix, also files that do not belong to the lake."""
        folder = prefix.rpartition("/")[0]
        with self._translate_errors(folder or "the folder"):
            for parent, folders, names in os.walk(self._root / folder, onerror=_raise_unless_missing):
                folders.sort()
                for name in sorted(names):
                    path = Path(parent, name).relative_to(self._root).as_posix()
                    # A file can disappear while the folder is read.
                    with suppress(FileNotFoundError):
                        status = Path(parent, name).lstat()
                        if path.startswith(prefix):
                            yield StoredFile(path, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files, and the folders that become empty. A missing file is not an error."""
        for path in paths:
            with self._translate_errors(path):
                file = self._resolve_path(path)
                file.unlink(missing_ok=True)
                with suppress(OSError):
                    while (file := file.parent) != self._root:
                        file.rmdir()

    def local(self, file: LakeFile, resolve: Callable[[str], str] = os.path.realpath) -> Path:
        """Return the path of a file. Raise MissingFileError, or ChangedFileError if it has another size."""
        with self._translate_errors(file.path):
            path = self._resolve_path(file.path, resolve)
            status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise ChangedFileError(self.name, file.path, "it is not a regular file")
        if status.st_size != file.size:
            raise ChangedFileError(self.name, file.path, f"it has {status.st_size} bytes instead of {file.size}")
        return path

    def local_all(self, files: Sequence[LakeFile]) -> list[Path]:
        """Return the paths of several files."""
        resolve = _folder_resolver()
        return [self.local(file, resolve) for file in files]

    def check(self, file: LakeFile) -> str:
        """Read a file and return how it differs from the manifest: '' if it does not. Raise MissingFileError."""
        try:
            path = self.local(file)
        except ChangedFileError as error:
            return error.reason
        with self._translate_errors(file.path):
            return difference(path, file)

    def uri(self, path: str) -> str:
        """Return the absolute path of a file."""
        return str(self._resolve_path(path))

    def _write_and_link(self, path: str, write: Callable[[BinaryIO], object]) -> None:
        """Write a file next to its path and link it there. Raise FileExistsError if the path exists."""
        target = self._resolve_path(path)
        if is_open_to_all(self._root):
            raise IamsqlError(
                f"Everyone can write the folder {self.name}, and could replace its files: nothing is written there.\n"
                f"Remove the permission with: chmod o-w {shlex.quote(self.name)}"
            )
        temporary_path = target.with_name(f".{target.name}.{token_hex(4)}.tmp")
        with os.fdopen(_create_file(temporary_path), "wb") as stream:
            try:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
                os.link(temporary_path, target)  # unlike a rename, a link fails if the path exists
            finally:
                temporary_path.unlink()
        _sync_folder(target.parent)

    def _resolve_path(self, path: str, resolve: Callable[[str], str] = os.path.realpath) -> Path:
        """Return where a file is. Raise IamsqlError for a path, or for a folder that is a link, that leads out of the lake."""
        checked_path(final_path(path))
        target = os.path.join(self._root, path)  # noqa: PTH118 - called for thousands of files; Path is slow
        root, folder = str(self._root), resolve(os.path.dirname(target))  # noqa: PTH120
        if folder != root and not folder.startswith(f"{root.rstrip(os.sep)}{os.sep}"):
            raise IamsqlError(
                f"{path} of the lake {self.name} is a link that leads out of it.\nReplace the link by the files."
            )
        return Path(target)

    @contextmanager
    def _translate_errors(self, path: str) -> Iterator[None]:
        """Raise MissingFileError or IamsqlError for an error of the file system."""
        try:
            yield
        except (FileNotFoundError, NotADirectoryError) as error:
            raise MissingFileError(self.name, path) from error
        except FileExistsError:
            raise
        except OSError as error:
            raise IamsqlError(
                f"{path} of the lake {self.name} cannot be used: {error.strerror or error}.\n"
                "Correct the permissions, or use a disk that supports hard links."
            ) from error


def open_folder(location: str) -> FolderStorage:
    """Return the storage of a folder."""
    if not location or "\0" in location:
        raise IamsqlError("A lake is a folder or s3://BUCKET/PREFIX, not an empty text.")
    return FolderStorage(expand_user(Path(location)))


def _folder_resolver() -> Callable[[str], str]:
    """Return a function with the results of realpath, which examines each folder once for all folders in it."""

    @cache
    def resolve(folder: str) -> str:
        parent, name = os.path.split(folder)
        if not name:  # the root of the file system
            return folder
        path = os.path.join(resolve(parent), name)  # noqa: PTH118 - as in _resolve_path
        return os.path.realpath(path) if os.path.islink(path) else path  # noqa: PTH114

    return resolve


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _create_file(path: Path) -> int:
    """Create a file and its folders, and return its descriptor."""
    for _ in range(MAX_CREATE_ATTEMPTS - 1):
        make_private(path.parent)
        with suppress(FileNotFoundError):
            return os.open(path, NEW_FILE_FLAGS, 0o600)
    return os.open(path, NEW_FILE_FLAGS, 0o600)


def _sync_folder(folder: Path) -> None:
    """Write the entries of a folder to the disk. Not every system can do this."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
