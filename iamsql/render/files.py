"""Write files atomically, with mode 0600, and create folders with mode 0700."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import TextIO

from iamsql.model import IamsqlError


def atomic_write(path: Path, writing: Callable[[TextIO], object], *, follow: bool = True) -> None:
    """Write a text file of mode 0600, atomically.

    Raise IamsqlError for a link to another folder; without `follow`, replace a link.
    """
    with _open_replacement(path, follow) as (handle, _), os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        writing(stream)


def atomic_replace(path: Path, writing: Callable[[Path], object]) -> None:
    """Write a file of mode 0600, atomically, with a function that opens the file by its path.

    Raise IamsqlError for a link to another folder.
    """
    with _open_replacement(path, follow=True) as (handle, partial_path):
        os.close(handle)
        writing(partial_path)
        partial_path.chmod(0o600)


def make_private(folder: Path) -> None:
    """Create a folder and its missing parents with mode 0700, independent of the umask."""
    previous_umask = os.umask(0o077)  # mkdir does not apply its mode to missing parents
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    finally:
        os.umask(previous_umask)


def require_writable(path: Path) -> None:
    """Raise IamsqlError if a file cannot be created or replaced, before the work whose result it takes."""
    folder = path.parent
    if not folder.is_dir():
        raise IamsqlError(f"cannot write {path}: the folder {folder} does not exist.\nCreate it, or name another file.")
    if path.exists() and not path.is_file():
        raise IamsqlError(f"cannot write {path}: it is not a file.\nName another file.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise IamsqlError(
            f"cannot write {path}: the folder {folder} is not writable.\nChange its permissions, or name another file."
        )


@contextmanager
def _open_replacement(path: Path, follow: bool) -> Iterator[tuple[int, Path]]:
    """Yield the handle and the path of a new file, which replaces `path` at the end, and is deleted after an error."""
    # A rename replaces a link itself: the file that the link leads to is written, unless it is in another folder.
    target = Path(os.path.realpath(path)) if follow else path
    if follow and path.is_symlink() and target.parent != Path(os.path.realpath(path.parent)):
        raise IamsqlError(
            f"cannot write {path}: it is a link to another folder; use the path of the file itself, {target}"
        )
    if target.exists() and not target.is_file():
        raise IamsqlError(f"cannot write {path}: it is not a file")
    partial_path: Path | None = None
    try:
        # In the folder of the target, because a rename is atomic only within a file system.
        handle, name = mkstemp(prefix=f".{target.name[:50]}.", suffix=".partial", dir=target.parent)
        partial_path = Path(name)
        yield handle, partial_path
        partial_path.replace(target)
    except OSError as error:
        raise IamsqlError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        if partial_path:
            partial_path.unlink(missing_ok=True)
