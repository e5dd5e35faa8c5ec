"""Many small log files as a few larger ones: DuckDB spends more on opening a small file than on reading it.

In a pack each file is the member of an object, {"n": name, "log": …}. The names are random, so that no file can pass for
another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SMALL = 512 * 1024  # bytes of JSON above which packing costs more than it saves
SIZE = 1024 * 1024  # bytes of JSON in a pack, which one thread of DuckDB parses
Packed = tuple[str, bytes]  # a file's name in the pack, and its bytes of JSON


@contextmanager
def packs(files: Sequence[Packed], spool: Path) -> Iterator[list[Path]]:
    """Give packs of the files; they are gone afterwards."""
    made: list[Path] = []
    try:
        pack, size = list[bytes](), 0
        for name, body in files:
            pack += (b'{"n":"%s","log":' % name.encode(), body, b"}\n")
            size += len(body)
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
