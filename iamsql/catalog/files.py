"""Read text files that somebody else may have put into the working folder: regular files of a bounded size, nothing else.

A walk never follows a link out of its folder, and it ends at a number of entries. Errors do not repeat what a file holds.
"""

from __future__ import annotations

import os
import re
import stat
from itertools import islice
from pathlib import Path

from iamsql.model import IamsqlError

HERE = Path("queries")  # the folder of queries that is read without having been named
LARGEST = 1 << 20  # bytes of a query, a benchmark, iamsql.toml or a file of suppressions
MOST = 10_000  # entries of a folder of queries, subfolders included
# What the shell makes of <(…), standard input, and what stands for no file at all.
DESCRIPTOR = re.compile(r"/dev/stdin|/dev/null|(?:/dev|/proc/self)/fd/\d{1,9}", re.ASCII)
PSEUDO = re.compile(r"/(?:proc|sys)(?:/.*)?|/dev(?!/shm/)(?:/.*)?", re.DOTALL)


def read_text(path: Path) -> str:
    """Read a file's text: UTF-8, a byte order mark dropped, line ends as newlines.

    Raise IamsqlError for a file that cannot be read, and for one that is not a regular file outside /proc, /sys and /dev;
    only a path such as /dev/fd/63 or /dev/stdin, which the user can pass, may be a pipe.
    """
    try:
        data = _read_pipe(path) if DESCRIPTOR.fullmatch(str(path)) else _read_regular(path)
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise IamsqlError(f"{path}:{line}: not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise IamsqlError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


def _read_regular(path: Path) -> bytes:
    """Read a regular file; opening a device can have effects, so its kind is checked before as well as after."""
    if not stat.S_ISREG(path.stat().st_mode) or PSEUDO.fullmatch(os.path.realpath(path)):
        raise _refused(path)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise _refused(path)
        if found.st_size > LARGEST:
            raise _too_large(path)
        return stream.read(found.st_size)  # a file of procfs has the size 0, wherever procfs is mounted


def _read_pipe(path: Path) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _too_large(path)
    return data


def _refused(path: Path) -> IamsqlError:
    return IamsqlError(f"cannot read {path}: it is not a regular file, or it is a file of /proc, /sys or /dev")


def _too_large(path: Path) -> IamsqlError:
    return IamsqlError(f"cannot read {path}: it is larger than {LARGEST >> 20} MiB")


def leads_out(path: Path, folder: Path) -> bool:
    """Tell whether a path, its links followed, is outside of a folder."""
    root, target = os.path.realpath(folder), os.path.realpath(path)
    return target != root and not target.startswith(root.rstrip(os.sep) + os.sep)


def list_files(folder: Path, ending: str, refused: list[str], *, inside: Path | None = None) -> list[Path]:
    """List the files of a folder and its subfolders by their ending, those of a folder before its subfolders.

    A line is added to `refused` for each link that leads out of `inside`, which is the folder itself where it is not given,
    and for a folder that is not read at all: one with more than MOST entries, and ./queries as a link to somewhere else.
    """
    root = inside or folder
    if root == HERE and leads_out(root, Path()):
        refused.append(
            f"{root} is a link that leads out of the working folder: not read. Name the folder that it leads to: --queries DIR."
        )
        return []
    found: list[Path] = []
    waiting, left = [folder], MOST
    while waiting:
        at = waiting.pop()
        entries = _entries(at, left + 1, refused)
        left -= len(entries)
        if left < 0:
            refused.append(f"{folder} has more than {MOST:,} entries: not read. Use a folder that holds queries alone.")
            return []
        visible = sorted((one for one in entries if not one.name.startswith(".")), key=lambda one: one.name)
        files = [one for one in visible if one.name.endswith(ending) and not _is_folder(one)]
        out = [
            one.name
            for one in visible
            if one.is_symlink() and (one in files or _is_folder(one)) and leads_out(at / one.name, root)
        ]
        refused += [f"{at / name} is a link that leads out of {root}: not read." for name in out]
        found += [at / one.name for one in files if one.name not in out]
        waiting += [at / one.name for one in reversed(visible) if _is_folder(one) and not one.is_symlink()]
    return found


def _entries(folder: Path, most: int, refused: list[str]) -> list[os.DirEntry[str]]:
    """Return a folder's entries in no order, `most` of them at most."""
    try:
        with os.scandir(folder) as scan:
            return list(islice(scan, most))
    except OSError as error:
        refused.append(f"cannot read {folder}: {error.strerror}.")
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
