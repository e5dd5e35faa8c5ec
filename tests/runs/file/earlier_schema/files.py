"""The run file of an earlier schema, which `make.py` wrote."""

from __future__ import annotations

import lzma
from pathlib import Path

HERE = Path(__file__).parent
PACKED = HERE / "earlier.duckdb.xz"
VERSION = "0.0.9"


def content() -> bytes:
    """Return the bytes of the run file."""
    return lzma.decompress(PACKED.read_bytes())


def unpack(folder: Path) -> Path:
    """Write the run file into a folder."""
    path = folder / "earlier.duckdb"
    path.write_bytes(content())
    return path
