"""CloudTrail log files for DuckDB: small ones are read unchanged, large ones are split into their records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

from iamsql.cloudtrail.pack import MAX_FILE, is_small
from iamsql.gunzip import GZIP, StreamError, read_chunks
from iamsql.json_stream import Scanner

LARGE = 8 * 2**20  # bytes of JSON above which a file is split into its records
MAX_LOG = 8 * 2**30  # bytes of JSON that a log file may hold
MAX_RATIO = 1032  # of deflate (zlib's technical details): a smaller file cannot hold more than MAX_LOG
PART = 2**20  # bytes of records in a part, which one thread of DuckDB parses
BATCH = 480 * 2**20  # bytes of JSON that are loaded at once, by the size that gzip files claim
GROUP = 64 * 2**20  # bytes of parts that one statement loads
GLOB_CHARACTERS = set("*?[")  # DuckDB takes a path with these for a pattern


@dataclass(frozen=True)
class LogFile:
    """A file on disk, its key or path, the account and region that the key names, and when it was read (ISO text)."""

    path: Path
    key: str
    account_id: str = ""
    region: str = ""
    read_at: str = ""


@dataclass(frozen=True)
class UnreadableLog:
    """A log file that could not be read: a code (that of a StreamError, or no_access) and a message.

    With `partial`, some of its records were left out and the others were read.
    """

    file: LogFile
    code: str
    words: str
    partial: bool = False


@dataclass(frozen=True)
class Encoding:
    """How DuckDB reads a log file: bytes of JSON, path, whether it is gzip, and whether it is packed with others.

    A gzip file only claims its size: DuckDB stops at a longer document.
    """

    size: int
    path: Path
    gzip: bool = False
    small: bool = False


class ReadableLog(NamedTuple):
    """A log file that DuckDB reads unchanged."""

    file: LogFile
    encoding: Encoding


@dataclass
class Parts:
    """Files with records of one log file, the bytes of the longest record, and how many records were left out so far."""

    paths: list[Path] = field(default_factory=list)
    longest: int = 0
    lost: int = 0


def claimed_size(path: Path) -> int:
    """Return the bytes of JSON that a file claims to hold: for gzip its trailer, modulo 4 GiB, which may be wrong."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(2) != GZIP:
            return size
        file.seek(max(size - 4, 0))
        return int.from_bytes(file.read(4), "little")


def encoding_of(path: Path) -> Encoding | None:
    """Return how DuckDB reads a file unchanged; None for a file that has to be split.

    That is one that is LARGE, may hold more than MAX_LOG, or whose path looks like a pattern.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        is_gzip = file.read(2) == GZIP
        if is_gzip:
            file.seek(max(size - 4, 0))
        claimed = int.from_bytes(file.read(4), "little") if is_gzip else size
    if claimed > LARGE or GLOB_CHARACTERS & set(str(path)) or (is_gzip and size * MAX_RATIO > MAX_LOG):
        return None
    return Encoding(claimed, path, is_gzip, is_small(claimed) and size <= MAX_FILE)


def batches(
    files: Sequence[LogFile], unreadable: list[UnreadableLog], large: list[LogFile]
) -> Iterator[list[ReadableLog]]:
    """Yield batches of about BATCH bytes; append files that cannot be read, and large ones, to the lists."""
    batch, size = list[ReadableLog](), 0
    for file in files:
        try:
            encoding = encoding_of(file.path)
        except StreamError as error:
            unreadable.append(UnreadableLog(file, error.code, error.words))
            continue
        except OSError as error:
            unreadable.append(UnreadableLog(file, "no_access", str(error.strerror)))
            continue
        if encoding is None:
            large.append(file)
            continue
        batch.append(ReadableLog(file, encoding))
        size += encoding.size
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def groups(path: Path, folder: Path) -> Iterator[Parts]:
    """Split a file into parts in a folder; the parts of a group are deleted before the next group. Raises StreamError."""
    group, part, filled, size = Parts(), list[bytes](), 0, 0
    try:
        for record in Scanner(read_chunks(path, MAX_LOG)).records():
            if record is None:
                group.lost += 1
                continue
            part.append(record)
            filled += len(record)
            group.longest = max(group.longest, len(record))
            if filled >= PART:
                _write(group, part, folder)
                size, part, filled = size + filled, [], 0
            if size >= GROUP:
                yield group
                _remove(group)
                group, size = Parts(lost=group.lost), 0
        if part:
            _write(group, part, folder)
        yield group
    finally:
        _remove(group)


def _write(group: Parts, records: list[bytes], folder: Path) -> None:
    group.paths.append(folder / f"part-{token_hex(8)}.json")
    group.paths[-1].write_bytes(b"\n".join(records))


def _remove(group: Parts) -> None:
    for path in group.paths:
        path.unlink(missing_ok=True)
