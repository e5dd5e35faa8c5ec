"""Put into the wheel what takes long to make at run time, and what takes less space as one archive.

The first is the template of run files, the second the data of the sample organization.
"""

from __future__ import annotations

import io
import lzma
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = "iamsql/demo/data"
TEMPLATE = "iamsql/runs/file"
# With -c, Python finds the package in the working folder before an installed one.
WRITE = "import sys; from pathlib import Path; from iamsql.runs.file.package_template import write; write(Path(sys.argv[1]))"


class WheelFiles(BuildHookInterface):  # type: ignore[type-arg]
    """Write the files when a wheel is built; an editable installation reads the source tree."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to the wheel. The same sources and the same DuckDB give the same bytes."""
        if version == "editable":
            return
        folder = Path(mkdtemp(prefix="iamsql-"))
        archive = folder / "data.tar.xz"
        archive.write_bytes(packed(Path(self.root, DATA)))
        build_data["force_include"][str(archive)] = f"{DATA}.tar.xz"
        template = folder / "template"
        template.mkdir()
        # In a process of its own, so that the template is made of these sources and not of modules that are loaded.
        subprocess.run([sys.executable, "-B", "-c", WRITE, str(template)], cwd=self.root, check=True)  # noqa: S603
        for path in template.iterdir():
            build_data["force_include"][str(path)] = f"{TEMPLATE}/{path.name}"


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
