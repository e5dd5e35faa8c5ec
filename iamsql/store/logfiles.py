"""CloudTrail log files as DuckDB is to read them: unpacked by a process that counts, and cut into records where they are large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from iamsql.jsonstream import Scanner
from iamsql.store.packs import small
from iamsql.unpack import GZIP, StreamError, unpacked

LARGE = 8 * 2**20  # bytes of JSON above which a file is cut into its records
LOG = 8 * 2**30  # bytes of JSON that a log file may hold
PART = 2**20  # bytes of records in a part, which one thread of DuckDB parses
BATCH = 64 * 2**20  # bytes of JSON that are loaded at once
GROUP = 64 * 2**20  # bytes of parts that are loaded by one statement


@dataclass(frozen=True)
class LogFile:
    """A file on disk, the key (or path) under which it is known, what that names, and when it was read (ISO text)."""

    path: Path
    key: str
    account_id: str = ""
    region: str = ""
    read_at: str = ""


@dataclass(frozen=True)
class Unread:
    """A log file that could not be read: a code (that of a StreamError, or no_access) and words.

    With `partial`, records of it were left out, and the others were read.
    """

    file: LogFile
    code: str
    words: str
    partial: bool = False


@dataclass(frozen=True)
class Copy:
    """A log file as DuckDB reads it: so many bytes of JSON, in a plain file; small ones have their bytes in `body` instead."""

    size: int
    path: Path
    body: bytes = b""


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


def copy_of(path: Path, folder: Path) -> Copy | None:
    """Return a file as DuckDB is to read it, None where it is LARGE; raise StreamError or OSError for a bad one."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    size = path.stat().st_size
    if not packed and size > LARGE:
        return None
    chunks, size = list[bytes](), 0
    for chunk in unpacked(path, LOG):
        size += len(chunk)
        if size > LARGE:
            return None
        chunks.append(chunk)
    body = b"".join(chunks)
    return Copy(size, path, body) if small(size) else Copy(size, _written(free(folder, "copy"), body))


def batches(files: Sequence[LogFile], folder: Path, bad: list[Unread], large: list[LogFile]) -> Iterator[list[Copied]]:
    """Yield copies of the files, each time when they are BATCH together; bad files and large ones go to their lists."""
    batch, size = list[Copied](), 0
    for file in files:
        try:
            copy = copy_of(file.path, folder)
        except StreamError as error:
            bad.append(Unread(file, error.code, error.words))
            continue
        except OSError as error:
            bad.append(Unread(file, "no_access", str(error.strerror)))
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


def remove(batch: Sequence[Copied]) -> None:
    """Remove copies, and no log file."""
    for file, copy in batch:
        if copy.path != file.path:
            copy.path.unlink(missing_ok=True)


@contextmanager
def plain(copies: Sequence[Copy], folder: Path) -> Iterator[list[Path]]:
    """Give a plain file for each of the copies: small ones are written for the time being."""
    made = [free(folder, "small") if copy.body else None for copy in copies]
    try:
        for path, copy in zip(made, copies, strict=True):
            if path:
                path.write_bytes(copy.body)
        yield [path or copy.path for path, copy in zip(made, copies, strict=True)]
    finally:
        for path in filter(None, made):
            path.unlink(missing_ok=True)


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


def free(folder: Path, name: str) -> Path:
    """Return the path of a new file in a private folder."""
    return folder / f"{name}-{token_hex(8)}.json"


def _written(path: Path, body: bytes) -> Path:
    path.write_bytes(body)
    return path


def _write(group: Parts, records: list[bytes], folder: Path) -> None:
    group.paths.append(_written(free(folder, "part"), b"\n".join(records)))


def _remove(group: Parts) -> None:
    for path in group.paths:
        path.unlink(missing_ok=True)
