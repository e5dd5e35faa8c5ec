"""Pack many small log files into a few larger ones: DuckDB spends more time on opening a small file than on reading it.

A gzip file may have several members. Files are therefore concatenated unchanged, each between two members that make it
{"n": name, "log": …}. The names are random, so that no file can pass for another.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

MAX_FILE = 64 * 1024  # bytes of JSON above which packing costs more than it saves
PACK = 256 * 1024  # bytes of JSON in a pack: eight times as much takes half as long again to load
SUFFIX = gzip.compress(b"}\n", 1, mtime=0)


class PackedFile(NamedTuple):
    """A file for a pack: its name there, its path, and the bytes of JSON that it claims to hold."""

    name: str
    path: Path
    size: int


@contextmanager
def packs(files: Iterable[PackedFile], is_gzip: bool, spool: Path) -> Iterator[list[Path]]:
    """Yield packs of files that are all gzip or all plain; delete the packs at the end."""
    paths: list[Path] = []
    try:
        parts, size = list[bytes](), 0
        for file in files:
            body = file.path.read_bytes()
            prefix = b'{"n":"%s","log":' % file.name.encode()
            parts += (gzip.compress(prefix, 0, mtime=0), body, SUFFIX) if is_gzip else (prefix, body, b"}\n")
            size += file.size
            if size >= PACK:
                _write(parts, spool, paths)
                parts, size = [], 0
        if parts:
            _write(parts, spool, paths)
        yield paths
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


def is_small(size: int) -> bool:
    """Return whether to pack a file with this many bytes of JSON: it is not empty, and not worth opening alone."""
    return 0 < size <= MAX_FILE


def _write(parts: list[bytes], spool: Path, paths: list[Path]) -> None:
    paths.append(spool / f"pack-{len(paths)}.json")
    paths[-1].write_bytes(b"".join(parts))
