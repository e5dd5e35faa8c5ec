"""Virtual environments in build/ with packages that are not dependencies of iamsql, such as older versions of DuckDB."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

FOLDER = Path(__file__).parents[2] / "build" / "clients"


class CannotInstallError(Exception):
    """The packages cannot be installed, as without a network."""


def venv_python(*packages: str) -> Path:
    """Return the Python of the virtual environment with these packages, which is created if it does not exist."""
    home = FOLDER / re.sub(r"[^\w.-]+", "-", "-".join(packages))
    python, ready = home / "bin" / "python", home / ".ready"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):
        if not ready.exists():
            install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
            for command in ([sys.executable, "-m", "venv", "--clear", str(home)], install):
                result = subprocess.run(command, capture_output=True, text=True, timeout=300)
                if result.returncode:
                    raise CannotInstallError(f"{' '.join(packages)}: {result.stderr.strip()[-200:]}")
            ready.touch()
    return python
