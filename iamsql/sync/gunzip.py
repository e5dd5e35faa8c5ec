"""Read a file in chunks, and decompress gzip.

The sizes in gzip headers are not trusted: decompressed bytes are counted, and a limit stops the decompression.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

CHUNK = 2**20  # bytes in memory at a time
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
        stream = gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == GZIP else file
        try:
            # read1, because read(CHUNK) would drop the bytes before the end of truncated data.
            while chunk := stream.read1(CHUNK):
                total += len(chunk)
                if total > limit:
                    raise StreamError("too_large", f"it contains more than {format_size(limit)}")
                yield chunk
        except EOFError as error:
            raise StreamError("cut_short", "the gzip data ends too early") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise StreamError("corrupt", "damaged gzip data") from error
