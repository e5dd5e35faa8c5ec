"""Read the data files of the sample organization, from their folder in a checkout or from one archive in the wheel."""

from __future__ import annotations

import tarfile
from functools import cache
from pathlib import Path

DATA_FOLDER = Path(__file__).parent / "data"
DATA_ARCHIVE = DATA_FOLDER.with_name(
    "data.tar.xz"
)  # written by hatch_build.py: compressed together, the files take a third


def read_data(*path: str) -> str:
    """Return the text of a file, '' if it does not exist."""
    if not DATA_ARCHIVE.exists():
        file = DATA_FOLDER.joinpath(*path)
        return file.read_text(encoding="utf-8") if file.exists() else ""
    return _read_archive().get("/".join(path), "")


def list_data(folder: str) -> list[str]:
    """Return the names of the files in a folder, in order."""
    if not DATA_ARCHIVE.exists():
        return sorted(path.name for path in DATA_FOLDER.joinpath(folder).iterdir())
    return sorted(path.removeprefix(f"{folder}/") for path in _read_archive() if path.startswith(f"{folder}/"))


@cache
def _read_archive() -> dict[str, str]:
    """Map the path of each file in the archive to its text."""
    texts = {}
    with tarfile.open(DATA_ARCHIVE, "r:xz") as archive:
        for member in archive:
            if file := archive.extractfile(member):
                texts[member.name] = file.read().decode("utf-8")
    return texts
