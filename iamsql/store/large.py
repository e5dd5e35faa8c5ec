"""Log files too large to be one document: cut into their records, so that DuckDB need never hold one whole."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO

LARGE = 8 * 1024 * 1024  # bytes of JSON above which a file is cut
CHUNK = 4 * 1024 * 1024
GZIP = b"\x1f\x8b"
PART = 2 * 1024 * 1024  # bytes of records in a part
UNREADABLE = (ValueError, EOFError, zlib.error, gzip.BadGzipFile)
START = re.compile(r'\s*(?:\{\s*"Records"\s*:\s*)?\[|(?=\s*\{\s*"(?!Records"))')
BETWEEN = re.compile(r"[\s,]*")


def unpacked(path: Path) -> int:
    """Tell how many bytes of JSON a file holds; a gzip file says so at its end, modulo 4 GiB, and one cut short says anything."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
        if not packed:
            return path.stat().st_size
        file.seek(max(path.stat().st_size - 4, 0))
        return int.from_bytes(file.read(4), "little")


def unpacked_of(body: bytes) -> int:
    """Tell the same of a file's bytes."""
    return int.from_bytes(body[-4:], "little") if body.startswith(GZIP) else len(body)


@contextmanager
def pieces(paths: Sequence[Path], spool: Path) -> Iterator[list[Path]]:
    """Give the files with each large one replaced by a copy in which every record is a document of its own."""
    made: list[Path] = []
    try:
        yield [_smaller(path, spool, made) if unpacked(path) > LARGE else path for path in paths]
    finally:
        for copy in made:
            copy.unlink(missing_ok=True)


def parts(path: Path, spool: Path) -> Iterator[Path]:
    """Yield copies that hold a few records each, for records that are large themselves; each is gone when the next comes."""
    copy, held = _free(spool), list[str]()
    try:
        with _opened(path) as source:
            for record in _records(source):
                held.append(record)
                if sum(map(len, held)) >= PART:
                    yield _written(copy, held)
                    held = []
        if held:
            yield _written(copy, held)
    finally:
        copy.unlink(missing_ok=True)


def _written(copy: Path, records: list[str]) -> Path:
    copy.write_text("\n".join(records), encoding="utf-8")
    return copy


def _free(spool: Path) -> Path:
    return next(one for n in count() if not (one := spool / f"cut-{n}.json").exists())


def _smaller(path: Path, spool: Path, made: list[Path]) -> Path:
    """Cut a file; one that is no list of records stays as it is, for DuckDB to say what is wrong with it."""
    copy = _free(spool)
    made.append(copy)
    try:
        with _opened(path) as source, copy.open("w", encoding="utf-8", newline="\n") as target:
            target.writelines(record + "\n" for record in _records(source))
    except UNREADABLE:
        return path
    return copy


def _opened(path: Path) -> IO[str]:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    return gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8")


def _records(source: IO[str]) -> Iterator[str]:
    """Yield the text of each record of {"Records": […]}, […] or JSON lines; raise ValueError where it is none of them."""
    text = source.read(CHUNK)
    begun = START.match(text)
    if begun is None:
        raise ValueError("no list of records")
    decoder, place = json.JSONDecoder(), begun.end()
    lines = place == 0
    while True:
        place = BETWEEN.match(text, place).end()  # type: ignore[union-attr]
        if not lines and text[place : place + 1] == "]":
            return
        try:
            _, end = decoder.raw_decode(text, place)
        except json.JSONDecodeError:
            more = source.read(CHUNK)
            if lines and not more and not text[place:].strip():
                return
            if not more:
                raise
            text, place = text[place:] + more, 0
            continue
        yield text[place:end]
        place = end
