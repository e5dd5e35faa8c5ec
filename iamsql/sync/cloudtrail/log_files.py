"""Prepare CloudTrail log files for DuckDB: small files are concatenated, large files are split into their records.

DuckDB spends more time on opening a small file than on reading it, and needs memory for each complete document.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from iamsql.sync.gunzip import GZIP, read_chunks
from iamsql.sync.json_stream import Scanner

SMALL_FILE = 64 * 1024  # bytes of JSON above which concatenation costs more than it saves
CONCATENATED_BYTES = 256 * 1024  # bytes of JSON in a concatenated file: with 2 MiB, loading takes 1.5 times as long
CONCATENATED_END = gzip.compress(b"}\n", 1, mtime=0)
LARGE_FILE = 8 * 2**20  # bytes of JSON above which a file is split into its records
MAX_LOG = 8 * 2**30  # bytes of JSON that a log file may contain
MAX_RATIO = 1032  # of deflate (zlib's technical details): a smaller file cannot contain more than MAX_LOG
PART_BYTES = 2**20  # bytes of records in a part, which one thread of DuckDB parses
BATCH_BYTES = 480 * 2**20  # bytes of JSON that are loaded at once, by the size that gzip files claim
GROUP_BYTES = 64 * 2**20  # bytes of parts that one statement loads
GLOB_CHARACTERS = set("*?[")  # DuckDB takes a path with these for a pattern


@dataclass(frozen=True)
class LogFile:
    """A file on disk, its key or path, the account and region in the key, and when it was read (ISO 8601)."""

    path: Path
    key: str
    account_id: str = ""
    region: str = ""
    read_at: str = ""


@dataclass(frozen=True)
class UnreadableLog:
    """A log file that could not be read: a code, of StreamError or no_access, and a message.

    With `partial`, some of its records were left out and the others were read.
    """

    file: LogFile
    code: str
    message: str
    partial: bool = False


@dataclass(frozen=True)
class ReadableLog:
    """A log file that DuckDB reads unchanged: bytes of JSON, whether it is gzip, and whether it is concatenated with others.

    A gzip file only claims its size: DuckDB stops at a longer document.
    """

    file: LogFile
    size: int
    gzip: bool
    small: bool


@dataclass
class Parts:
    """Files with records of one log file, the bytes of the longest record, and the number of records left out so far."""

    paths: list[Path] = field(default_factory=list)
    longest: int = 0
    omitted: int = 0


def claimed_size(path: Path) -> tuple[int, bool]:
    """Return the bytes of JSON that a file claims to contain, and whether it is gzip.

    The claim of a gzip file is the size in its trailer, modulo 4 GiB, and may be wrong.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(2) != GZIP:
            return size, False
        # ISIZE, the last four bytes of a gzip file (RFC 1952).
        file.seek(max(size - 4, 0))
        return int.from_bytes(file.read(4), "little"), True


def readable_log(file: LogFile) -> ReadableLog | None:
    """Return a file that DuckDB reads unchanged; None for a file that has to be split.

    A file is split if it is larger than LARGE_FILE, if it may contain more than MAX_LOG, or if its path looks like a pattern.
    """
    size, (claimed, is_gzip) = file.path.stat().st_size, claimed_size(file.path)
    if claimed > LARGE_FILE or GLOB_CHARACTERS & set(str(file.path)) or (is_gzip and size * MAX_RATIO > MAX_LOG):
        return None
    # An empty file would make the concatenated file invalid JSON.
    return ReadableLog(file, claimed, is_gzip, small=0 < claimed <= SMALL_FILE and size <= SMALL_FILE)


def batches(
    files: Sequence[LogFile], unreadable: list[UnreadableLog], large: list[LogFile]
) -> Iterator[list[ReadableLog]]:
    """Yield batches of about BATCH_BYTES bytes; append files that cannot be read, and large files, to the lists."""
    batch, size = list[ReadableLog](), 0
    for file in files:
        try:
            log = readable_log(file)
        except OSError as error:
            unreadable.append(UnreadableLog(file, "no_access", str(error.strerror)))
            continue
        if log is None:
            large.append(file)
            continue
        batch.append(log)
        size += log.size
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@contextmanager
def concatenated_files(logs: Mapping[str, ReadableLog], folder: Path) -> Iterator[list[Path]]:
    """Concatenate log files of one compression, and yield the paths. The concatenated files are deleted at the end.

    `logs` maps names to log files. A gzip file may have several members, so log files are concatenated unchanged. Each is
    between two members that make it {"n": name, "log": …}. The names must be random, so no file can imitate another.
    """
    paths: list[Path] = []
    try:
        parts, size = list[bytes](), 0
        for name, log in logs.items():
            body, prefix = log.file.path.read_bytes(), b'{"n":"%s","log":' % name.encode()
            parts += (gzip.compress(prefix, 0, mtime=0), body, CONCATENATED_END) if log.gzip else (prefix, body, b"}\n")
            size += log.size
            if size >= CONCATENATED_BYTES:
                _write(b"".join(parts), folder / f"logs-{len(paths)}.json", paths)
                parts, size = [], 0
        if parts:
            _write(b"".join(parts), folder / f"logs-{len(paths)}.json", paths)
        yield paths
    finally:
        _remove(paths)


def groups(path: Path, folder: Path) -> Iterator[Parts]:
    """Split a file into parts in a folder; the parts of a group are deleted before the next group. Raise StreamError."""
    group, part, filled, size = Parts(), list[bytes](), 0, 0
    try:
        for record in Scanner(read_chunks(path, MAX_LOG)).records():
            if record is None:
                group.omitted += 1
                continue
            part.append(record)
            filled += len(record)
            group.longest = max(group.longest, len(record))
            if filled >= PART_BYTES:
                _write(b"\n".join(part), folder / f"part-{token_hex(8)}.json", group.paths)
                size, part, filled = size + filled, [], 0
            if size >= GROUP_BYTES:
                yield group
                _remove(group.paths)
                group, size = Parts(omitted=group.omitted), 0
        if part:
            _write(b"\n".join(part), folder / f"part-{token_hex(8)}.json", group.paths)
        yield group
    finally:
        _remove(group.paths)


def _write(content: bytes, path: Path, paths: list[Path]) -> None:
    paths.append(path)  # first, so a file is also deleted if the disk is full
    path.write_bytes(content)


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
