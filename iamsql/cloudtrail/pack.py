"""Many small log files as a few larger ones: DuckDB spends more on opening a small file than on reading it.

A gzip file may hold several members, so files are put behind each other as they are, each between two members of our own
that make it {"n": name, "log": …}. The names are random, so that no file can pass for another.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

SMALL = 64 * 1024  # bytes of JSON above which packing costs more than it saves
SIZE = 256 * 1024  # bytes of JSON in a pack: with eight times as much, loading takes half as long again
AFTER = gzip.compress(b"}\n", 1, mtime=0)
Packed = tuple[str, Path, int]  # a file's name in the pack, the file, and how many bytes of JSON it says it holds


@contextmanager
def packs(files: Iterable[Packed], zipped: bool, spool: Path) -> Iterator[list[Path]]:
    """Give packs of the files, which are gzip files or plain ones; the packs are gone afterwards."""
    made: list[Path] = []
    try:
        pack, size = list[bytes](), 0
        for name, path, says in files:
            body = path.read_bytes()
            before = b'{"n":"%s","log":' % name.encode()
            pack += (gzip.compress(before, 0, mtime=0), body, AFTER) if zipped else (before, body, b"}\n")
            size += says
            if size >= SIZE:
                _write(pack, spool, made)
                pack, size = [], 0
        if pack:
            _write(pack, spool, made)
        yield made
    finally:
        for path in made:
            path.unlink(missing_ok=True)


def small(size: int) -> bool:
    """Tell whether a file of so many bytes of JSON is to be packed: one that is neither empty nor worth opening alone."""
    return 0 < size <= SMALL


def _write(pack: list[bytes], spool: Path, made: list[Path]) -> None:
    made.append(spool / f"pack-{len(made)}.json")
    made[-1].write_bytes(b"".join(pack))
