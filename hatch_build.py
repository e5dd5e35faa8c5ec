"""Put the data of the sample organization into the wheel as one archive, which takes a third of the separate files."""

from __future__ import annotations

import io
import lzma
import tarfile
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = "iamsql/demo/data"


class DataArchive(BuildHookInterface):  # type: ignore[type-arg]
    """Write the archive when a wheel is built; an editable installation reads the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the archive to the wheel. The same files give the same bytes."""
        if version == "editable":
            return
        archive = Path(mkdtemp(prefix="iamsql-"), "data.tar.xz")
        archive.write_bytes(packed(Path(self.root, DATA)))
        build_data["force_include"][str(archive)] = f"{DATA}.tar.xz"


def packed(folder: Path) -> bytes:
    """Return a compressed tar archive of the files in a folder, without owners and times."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                member = tarfile.TarInfo(path.relative_to(folder).as_posix())
                member.size, member.mode = len(content), 0o644
                archive.addfile(member, io.BytesIO(content))
    return lzma.compress(buffer.getvalue(), preset=9 | lzma.PRESET_EXTREME)
