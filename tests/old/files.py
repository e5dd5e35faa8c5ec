"""The run files of earlier schemas, unpacked; `make.py` tells how they were made."""

from __future__ import annotations

import lzma
from pathlib import Path

HERE = Path(__file__).parent
SCHEMAS = {  # by the commit whose code wrote the file
    "a66b043": "the first schema",
    "f12d05a": "with events",
    "743b467": "with every identity table",
    "81a80ce": "with permissions",
}
OLDEST, NEWEST = "a66b043", "81a80ce"


def content(commit: str) -> bytes:
    """Give the bytes of a run file."""
    return lzma.decompress((HERE / f"{commit}.duckdb.xz").read_bytes())


def unpack(commit: str, folder: Path) -> Path:
    """Write a run file into a folder."""
    path = folder / f"{commit}.duckdb"
    path.write_bytes(content(commit))
    return path
