"""Read text files that another person may have put into the working folder: only regular files of a limited size.

A listing never follows a link out of its folder and stops after a fixed number of entries. Errors do not contain file contents.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from itertools import islice
from operator import attrgetter
from pathlib import Path

from iamsql.model import IamsqlError

LOCAL_QUERIES_FOLDER = Path("queries")  # the query folder that is read without an option
MAX_FILE_BYTES = 1 << 20  # bytes of a query, a benchmark, iamsql.toml or a file of suppressions
MAX_ENTRIES = 10_000  # entries of a query folder, including subfolders
# The paths of process substitution, <(…), of standard input, and of the null device.
PIPE_PATH_PATTERN = re.compile(r"/dev/stdin|/dev/null|(?:/dev|/proc/self)/fd/\d{1,9}", re.ASCII)
PSEUDO_FILE_PATTERN = re.compile(r"/(?:proc|sys)(?:/.*)?|/dev(?!/shm/)(?:/.*)?", re.DOTALL)


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, without a byte order mark and with \n as line separator.

    Raise IamsqlError for text that is not UTF-8, and as `read_bytes` does.
    """
    return decode_text(path, read_bytes(path))


def read_bytes(path: Path, accept: Callable[[os.stat_result], None] | None = None) -> bytes:
    """Return the bytes of a file. `accept` gets the status of the open file, unless it is a pipe, and can raise IamsqlError.

    Raise IamsqlError for a file that cannot be read, that is not a regular file, or that is in /proc, /sys or /dev. Only a path
    that a user can pass for a pipe, such as /dev/fd/63 or /dev/stdin, may be a pipe.
    """
    try:
        return _read_pipe(path) if PIPE_PATH_PATTERN.fullmatch(str(path)) else _read_regular(path, accept)
    except (OSError, ValueError) as error:
        raise IamsqlError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


def decode_text(path: Path, data: bytes) -> str:
    """Return the text of the bytes of a file, with \n as line separator. Raise IamsqlError for text that is not UTF-8."""
    try:
        # Offsets and line numbers in errors count \n only.
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise IamsqlError(f"{path}:{line}: not UTF-8 text") from None


def _read_regular(path: Path, accept: Callable[[os.stat_result], None] | None) -> bytes:
    """Read a regular file. Check its type before opening it, because opening a device can have side effects, and again after."""
    if not stat.S_ISREG(path.stat().st_mode) or PSEUDO_FILE_PATTERN.fullmatch(os.path.realpath(path)):
        raise _refused_error(path)
    # O_NONBLOCK: if a FIFO replaced the file after the check, opening it would wait for a writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise _refused_error(path)
        if accept:
            accept(status)
        if status.st_size > MAX_FILE_BYTES:
            raise _too_large_error(path)
        return stream.read(status.st_size)  # 0 bytes for a file of procfs, wherever procfs is mounted


def _read_pipe(path: Path) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise _too_large_error(path)
    return data


def _refused_error(path: Path) -> IamsqlError:
    return IamsqlError(f"cannot read {path}: it is not a regular file, or it is a file of /proc, /sys or /dev")


def _too_large_error(path: Path) -> IamsqlError:
    return IamsqlError(f"cannot read {path}: it is larger than {MAX_FILE_BYTES >> 20} MiB")


def leads_out(path: Path, folder: Path) -> bool:
    """Return whether a path, with links resolved, is outside of a folder."""
    root, target = os.path.realpath(folder), os.path.realpath(path)
    return target != root and not target.startswith(root.rstrip(os.sep) + os.sep)


def list_files(
    folder: Path, ending: str, refused: list[str], *, inside: Path | None = None, stem: str = ""
) -> list[Path]:
    """Return the files of a folder and its subfolders that have the suffix `ending`, files of a folder before its subfolders.

    With `stem`, return only the files whose name up to the first dot is `stem`.

    Append a line to `refused` for each link that leads out of `inside` (default: the folder), and for a folder that is not read
    at all: a folder with more than MAX_ENTRIES entries, and ./queries if it is a link to another location.
    """
    root = inside or folder
    # ./queries is read without an option, so a link there could select files that the user did not choose.
    if root == LOCAL_QUERIES_FOLDER and leads_out(root, Path()):
        refused.append(
            f"{root} is a link that leads out of the working folder: not read. Give the path of the folder itself: --queries DIR."
        )
        return []
    # A list of folders and no recursion, because the folders of others may be nested beyond Python's limit.
    files: list[Path] = []
    pending_folders, remaining_entries = [folder], MAX_ENTRIES
    while pending_folders:
        current_folder = pending_folders.pop()
        entries = _scan_entries(current_folder, remaining_entries + 1, refused)
        remaining_entries -= len(entries)
        if remaining_entries < 0:
            refused.append(
                f"{folder} has more than {MAX_ENTRIES:,} entries: not read. Use a folder that contains only queries."
            )
            return []
        subfolders: list[Path] = []
        for entry in sorted(entries, key=attrgetter("name")):
            is_folder = _is_folder(entry)
            if entry.name.startswith(".") or not (is_folder or entry.name.endswith(ending)):
                continue
            if stem and not is_folder and entry.name.partition(".")[0] != stem:
                continue
            path = current_folder / entry.name
            if entry.is_symlink() and leads_out(path, root):
                refused.append(f"{path} is a link that leads out of {root}: not read.")
            elif not is_folder:
                files.append(path)
            elif not entry.is_symlink():
                subfolders.append(path)
        pending_folders += reversed(subfolders)
    return files


def _scan_entries(folder: Path, max_entries: int, refused: list[str]) -> list[os.DirEntry[str]]:
    """Return at most `most` entries of a folder, in no order."""
    try:
        with os.scandir(folder) as scan:
            return list(islice(scan, max_entries))
    except OSError as error:
        refused.append(f"cannot read {folder}: {error.strerror}.")
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
