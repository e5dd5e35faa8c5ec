"""Read a file in chunks, and decompress gzip.

The sizes in gzip headers are not trusted: decompressed bytes are counted, and a limit stops the decompression.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

CHUNK = 2**20  # bytes in memory at a time
PACKED = 64 * 1024  # bytes of gzip data read at a time; small, because each gzip member copies the bytes after its end
GZIP = b"\x1f\x8b"


class StreamError(Exception):
    """A file that cannot be read: `code` is cut_short, corrupt, not_json, not_a_log, too_deep or too_large."""

    def __init__(self, code: str, words: str) -> None:
        """Store the code, and the words that follow the file name in a message."""
        super().__init__(words)
        self.code, self.words = code, words


def format_size(count: int) -> str:
    """Return a number of bytes as text: 16 MiB, 8 GiB."""
    return f"{count >> 30} GiB" if count >= 2**30 and not count % 2**30 else f"{count / 2**20:g} MiB"


def read_chunks(path: Path, limit: int) -> Iterator[bytes]:
    """Yield the bytes of a file in chunks, decompressed if it is gzip; raise StreamError for more than `limit` bytes."""
    total = 0
    with path.open("rb") as file:
        for chunk in _gunzipped(file) if file.peek(2)[:2] == GZIP else iter(partial(file.read, CHUNK), b""):
            total += len(chunk)
            if total > limit:
                raise StreamError("too_large", f"it contains more than {format_size(limit)}")
            yield chunk


def _gunzipped(file: BinaryIO) -> Iterator[bytes]:
    """Decompress the members of a gzip file; zeros may follow the last one."""
    packed = file.read(PACKED)
    while packed:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            packed = packed or file.read(PACKED)
            try:
                chunk = member.decompress(packed, CHUNK)
            except zlib.error as error:
                raise StreamError("corrupt", "damaged gzip data") from error
            if chunk:
                yield chunk
            elif not packed and not member.eof:
                raise StreamError("cut_short", "the gzip data ends too early")
            packed = member.unconsumed_tail
        packed = member.unused_data.lstrip(b"\0")
        while not packed and (more := file.read(PACKED)):
            packed = more.lstrip(b"\0")
