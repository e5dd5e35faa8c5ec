"""Create files and folders that only the user can write, without following links at their path."""

from __future__ import annotations

import errno
import hashlib
import os
import shlex
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from iamsql.model import IamsqlError

with suppress(ImportError):  # on Windows, where no folder has a group
    import grp
    import pwd

SIDE_FILE_SUFFIXES = (".wal", ".tmp", ".spool")  # files that DuckDB and a sync create next to a file
# With O_EXCL, no file or link that another user has created at the path is opened.
NEW_FILE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def is_open_to_all(folder: Path) -> bool:
    """Return whether everyone can write a folder; False for a missing folder, and on systems without such modes."""
    with suppress(OSError, ValueError):
        return hasattr(os, "getuid") and bool(folder.stat().st_mode & stat.S_IWOTH)
    return False


def require_private(folder: Path) -> None:
    """Raise IamsqlError for a folder that everyone can write, because others could replace its files."""
    if is_open_to_all(folder):
        raise IamsqlError(
            f"Everyone can write the runs folder {folder}, and could replace its runs: no run is written there.\n"
            f"Remove the permission with: chmod o-w {shlex.quote(str(folder))}\nOr name another folder with --runs DIR."
        )


def shared_with(folder: Path) -> list[str]:
    """Return a sentence if a folder belongs to another user, or if a group can write it."""
    try:
        status = folder.stat()
    except (OSError, ValueError):
        return []
    if not hasattr(os, "getuid"):
        return []
    if status.st_uid not in (0, os.getuid()):  # root can replace every file anyway
        return [f"The runs folder {folder} belongs to the user {status.st_uid}, who can replace its runs."]
    if status.st_mode & stat.S_IWGRP and not _is_user_private_group(status.st_gid):
        return [f"The group {status.st_gid} can write the runs folder {folder}, and its members can replace runs."]
    return []


def _is_user_private_group(gid: int) -> bool:
    """Return whether a group is the user's own group, which has the user's name."""
    with suppress(KeyError):
        return grp.getgrgid(gid).gr_name == pwd.getpwuid(os.getuid()).pw_name
    return False


def is_free(path: Path) -> bool:
    """Return whether a path, and the paths of the files that DuckDB creates next to it, do not exist, not even as links."""
    return not any(os.path.lexists(f"{path}{suffix}") for suffix in ("", *SIDE_FILE_SUFFIXES))


def require_free(path: Path) -> None:
    """Raise FileExistsError if a file or link exists that DuckDB would open instead of creating it."""
    for occupied in (str(path), f"{path}.wal"):
        if os.path.lexists(occupied):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), occupied)
    if Path(f"{path}.tmp").is_symlink():
        raise FileExistsError(errno.EEXIST, "a link has the name of its temporary folder", f"{path}.tmp")


def copy_new(source: Path, target: Path) -> str:
    """Copy a file to a new one with mode 0600, and return the SHA-256 of the copied bytes.

    Raise OSError, and leave no file, if that fails.
    """
    digest = hashlib.sha256()
    with source.open("rb") as source_stream, os.fdopen(os.open(target, NEW_FILE_FLAGS, 0o600), "wb") as target_stream:
        try:
            while chunk := source_stream.read(1 << 20):
                digest.update(chunk)
                target_stream.write(chunk)
        except OSError:
            target.unlink(missing_ok=True)
            raise
    return digest.hexdigest()


def new_folder(path: Path) -> Path:
    """Create a folder with mode 0700. Replace a folder of the same user; raise IamsqlError for anything else at the path."""
    try:
        if os.path.lexists(path):
            status = path.lstat()
            if not stat.S_ISDIR(status.st_mode) or (hasattr(os, "getuid") and status.st_uid != os.getuid()):
                raise FileExistsError(errno.EEXIST, "it exists and is not a folder of yours", str(path))
            shutil.rmtree(path)
        path.mkdir(mode=0o700)
    except OSError as error:
        raise IamsqlError(
            f"Cannot create {path}: {error.strerror}.\nDelete it, or name another folder with --runs DIR."
        ) from error
    return path
