"""CloudTrail log files as DuckDB is to read them: as they are where they are small, else counted and cut into records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from iamsql.cloudtrail.pack import SMALL, small
from iamsql.gunzip import GZIP, StreamError, unpacked
from iamsql.json_stream import Scanner

LARGE = 8 * 2**20  # bytes of JSON above which a file is cut into its records
LOG = 8 * 2**30  # bytes of JSON that a log file may hold
EXPANDED = 1032  # bytes that deflate makes of one at most (zlib's technical notes): so much cannot be more than LOG
PART = 2**20  # bytes of records in a part, which one thread of DuckDB parses
BATCH = 480 * 2**20  # bytes of JSON that are loaded at once, by the word of gzip files
GROUP = 64 * 2**20  # bytes of parts that are loaded by one statement
PATTERN = set("*?[")  # DuckDB takes a path with these for many


@dataclass(frozen=True)
class LogFile:
    """A file on disk, the key (or path) under which it is known, what that names, and when it was read (ISO text)."""

    path: Path
    key: str
    account_id: str = ""
    region: str = ""
    read_at: str = ""


@dataclass(frozen=True)
class UnreadableLog:
    """A log file that could not be read: a code (that of a StreamError, or no_access) and words.

    With `partial`, records of it were left out, and the others were read.
    """

    file: LogFile
    code: str
    words: str
    partial: bool = False


@dataclass(frozen=True)
class Copy:
    """A log file as DuckDB reads it, which holds so many bytes of JSON; a small one goes into a pack with others.

    A gzip file only says so: DuckDB stops at a document that is longer.
    """

    size: int
    path: Path
    gzip: bool = False
    small: bool = False


Copied = tuple[LogFile, Copy]


@dataclass
class Parts:
    """Files that hold records of a log file, and the bytes of the longest record; `lost` counts those left out so far."""

    paths: list[Path] = field(default_factory=list)
    longest: int = 0
    lost: int = 0


def claimed(path: Path) -> int:
    """Return the bytes of JSON that a file claims to hold: a gzip file by its trailer, modulo 4 GiB. Good for a guess only."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(2) != GZIP:
            return size
        file.seek(max(size - 4, 0))
        return int.from_bytes(file.read(4), "little")


def copy_of(path: Path) -> Copy | None:
    """Return a file as DuckDB is to read it; None where it is LARGE, may hold more than a log file, or has a name of a pattern."""
    size = path.stat().st_size
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
        if packed:
            file.seek(max(size - 4, 0))
        says = int.from_bytes(file.read(4), "little") if packed else size
    if says > LARGE or PATTERN & set(str(path)) or (packed and size * EXPANDED > LOG):
        return None
    return Copy(says, path, packed, small(says) and size <= SMALL)


def batches(files: Sequence[LogFile], bad: list[UnreadableLog], large: list[LogFile]) -> Iterator[list[Copied]]:
    """Yield the files as DuckDB reads them, each time when they are BATCH together; bad files and large ones go to their lists."""
    batch, size = list[Copied](), 0
    for file in files:
        try:
            copy = copy_of(file.path)
        except StreamError as error:
            bad.append(UnreadableLog(file, error.code, error.words))
            continue
        except OSError as error:
            bad.append(UnreadableLog(file, "no_access", str(error.strerror)))
            continue
        if copy is None:
            large.append(file)
            continue
        batch.append((file, copy))
        size += copy.size
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def groups(path: Path, folder: Path) -> Iterator[Parts]:
    """Cut a file into parts in a folder, which are gone when the next ones come; raise StreamError for a bad file."""
    group, part, filled, size = Parts(), list[bytes](), 0, 0
    try:
        for record in Scanner(unpacked(path, LOG)).records():
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
