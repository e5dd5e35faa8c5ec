"""Many small log files as a few large ones: DuckDB spends more on opening a small file than on reading it.

A gzip file may hold several members, so files are put behind each other as they are, each between two members of our own
that make it {"n": name, "log": …}. The names are told nobody, so that no file can pass for another.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from iamsql.store.large import GZIP

SMALL = 64 * 1024  # bytes of JSON above which packing costs more than it saves
SIZE = 256 * 1024  # bytes of JSON in a pack: with eight times as much, loading takes half as long again
Packed = tuple[Path, str, int]  # a file, its name in the pack, and how many bytes of JSON it holds
AFTER = gzip.compress(b"}\n", 1, mtime=0)


@contextmanager
def packs(files: Sequence[Packed], spool: Path) -> Iterator[list[Path]]:
    """Give packs of the files; they are gone afterwards."""
    made: list[Path] = []
    try:
        _pack(files, spool, made)
        yield made
    finally:
        for pack in made:
            pack.unlink(missing_ok=True)


def small(size: int) -> bool:
    """Tell whether a file of so many bytes of JSON is to be packed: one that is neither empty nor worth opening alone."""
    return 0 < size <= SMALL


def _pack(files: Sequence[Packed], spool: Path, made: list[Path]) -> None:
    open_packs: dict[bool, tuple[IO[bytes], int]] = {}
    try:
        for path, name, holds in files:
            body = path.read_bytes()
            zipped = body.startswith(GZIP)
            pack, size = open_packs.get(zipped) or (_begun(spool, zipped, made), 0)
            before = b'{"n":"%s","log":' % name.encode()
            pack.write(gzip.compress(before, 0, mtime=0) + body + AFTER if zipped else before + body + b"}\n")
            size += holds
            open_packs[zipped] = (pack, size)
            if size >= SIZE:
                open_packs.pop(zipped)[0].close()
    finally:
        for pack, _ in open_packs.values():
            pack.close()


def _begun(spool: Path, zipped: bool, made: list[Path]) -> IO[bytes]:
    path = spool / f"pack-{len(made)}.json{'.gz' if zipped else ''}"
    made.append(path)
    return path.open("wb")
