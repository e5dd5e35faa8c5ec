"""Leave out copies of shipped files: in a checkout of iamsql, ./queries has the files that an installed iamsql ships."""

from __future__ import annotations

import stat
from pathlib import Path


def is_copy(path: Path, folder: Path, shipped: Path) -> bool:
    """Return whether a file of a folder is the shipped file of the same relative path, byte for byte. A link is not a copy."""
    original = shipped / path.relative_to(folder)
    try:
        status, shipped_status = path.lstat(), original.stat()
        is_same_size = (
            stat.S_ISREG(status.st_mode)
            and stat.S_ISREG(shipped_status.st_mode)
            and status.st_size == shipped_status.st_size
        )
        return is_same_size and path.read_bytes() == original.read_bytes()
    except OSError:
        return False
